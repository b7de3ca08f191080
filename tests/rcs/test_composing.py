"""Writing an RCS message: the form, what it says about errors, what is queued, and what Telnyx receives."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.log import parsing, store
from messaging.mirror.outbound import outbox
from messaging.models import MessagingProfile
from messaging.optouts import reconcile
from rcs.messages import sending
from rcs.models import Capability, RcsAgent, RcsMessage, RcsTemplate
from tests.choices import choose
from tests.messaging.bodies import outbound
from tests.messaging.profiles.conftest import browser_of, person
from tests.rcs.conftest import MANAGE, fields, text
from tests.rcs.writing import CARD, CAROUSEL, LIST, NEW, confirm, fields_of, review, typed
from tests.sandbox.messages_control import HANDSET, SENDER
from tests.sandbox.rcs_control import DISABLED_AGENT

TEMPLATES, LOOK = "/admin/rcs/rcstemplate/", f"{LIST}handset/"
TEMPLATE = ("view_rcstemplate", "add_rcstemplate", "change_rcstemplate", "delete_rcstemplate")
SEND = (
    "view_rcsmessage",
    "send_rcsmessage",
    "view_rcsagent",
    "add_capabilitycheck",
    "view_message",
    "write_free_text",
    *TEMPLATE,
)


@pytest.fixture
def operator(transactional_db):
    return person("operator", *MANAGE, *SEND)


def sent(desk, agent, content=None, **how):
    answer = confirm(desk, review(desk, agent, content, **how))
    assert answer.status_code == 302, answer.context["form"].errors
    return RcsMessage.objects.get(pk=answer.headers["Location"].split("/")[-3])


def change(message):
    return f"{LIST}{message.pk}/change/"


def posts(sandbox):
    return [json.loads(one["body"]) for one in sandbox.requests("POST", "messages/rcs$")]


def knows(agent, features, **how):
    return Capability.objects.create(
        agent=agent,
        phone_number=HANDSET,
        has_rcs=bool(features),
        features=features,
        as_of=timezone.now() - timedelta(hours=3),
        **how,
    )


def test_a_carousel_with_a_text_instead_reaches_telnyx_as_it_was_shown(desk, agent, sandbox, work):
    how = {"fallback": "sms", "sms_from": "(312) 555-0160", "sms_text": "Book by phone", "lifetime": "3600"}
    shown = review(desk, agent, CAROUSEL, **how)

    page = text(shown)
    assert "2 cards, first “Spring cleaning”, 2 buttons" in page
    assert "A text message in 1 part." in page
    message = RcsMessage.objects.get(pk=confirm(desk, shown).headers["Location"].split("/")[-3])
    work(outbox.entries(message)[0])

    (body,) = posts(sandbox)
    assert body["agent_message"] == {"content_message": CAROUSEL, "ttl": "3600s"}
    assert body["sms_fallback"] == {"from": SENDER, "text": "Book by phone"}
    assert (body["to"], body["agent_id"]) == (HANDSET, agent.remote_id)
    assert "Telnyx has it." in text(desk.get(change(message)))


def test_nothing_is_promised_before_the_second_page(desk, agent):
    review(desk, agent)

    assert RcsMessage.objects.count() == 0


@pytest.mark.promise("F107")
def test_a_double_click_promises_one_message(desk, agent):
    shown = review(desk, agent)

    first, second = confirm(desk, shown), confirm(desk, shown)

    assert first.headers["Location"] == second.headers["Location"]
    assert outbox.entries(RcsMessage.objects.get()).count() == 1


@pytest.mark.parametrize(
    ("content", "pointer", "words"),
    [
        (
            {
                "rich_card": {
                    "carousel_card": {"card_width": "MEDIUM", "card_contents": [{"title": "x"}] * 11}
                }
            },
            "/rich_card/carousel_card/card_contents",
            "At most 10 cards; you have 11.",
        ),
        (
            {"text": "Hi", "suggestions": [{"reply": {"text": "x" * 26}}]},
            "/suggestions/0/reply/text",
            "At most 25 characters; you have 26.",
        ),
        ({"content_info": {"file_url": "no address"}}, "/content_info/file_url", ""),
        ({}, "", "Type a text, or choose a file or a card."),
    ],
)
def test_what_is_wrong_is_named_with_its_place_and_nothing_typed_is_lost(
    desk, agent, content, pointer, words
):
    answer = review(desk, agent, content)

    (problem,) = answer.context["config"]["problems"]
    assert problem["pointer"] == pointer
    assert words in problem["words"]
    assert f'data-pointer="{pointer}"' in answer.content.decode()
    assert json.loads(fields_of(answer)["content"]) == content
    assert fields_of(answer)["to"] == "(303) 555-0123"
    assert RcsMessage.objects.count() == 0


def test_the_place_of_a_problem_is_said_in_words(desk, agent):
    cards = [CARD, {"title": "x", "suggestions": [{"reply": {"text": ""}}]}]
    content = {"rich_card": {"carousel_card": {"card_width": "MEDIUM", "card_contents": cards}}}

    (problem,) = review(desk, agent, content).context["problems"]

    assert problem.where == "Card 2, Button 1, Text"


@pytest.mark.parametrize("typed_json", ['{"text": "Hi"', "[1]", '{"text": NaN}', "[" * 50_000])
@pytest.mark.promise("R4")
def test_invalid_json_stays_as_it_was_typed(desk, agent, typed_json):
    answer = review(desk, agent, typed_json)

    assert answer.context["form"].errors["content"]
    assert fields_of(answer)["content"] == typed_json


def test_a_disabled_agent_is_neither_offered_nor_taken(desk, agent):
    disabled = RcsAgent.objects.get(remote_id=DISABLED_AGENT)
    homeless = RcsAgent.objects.create(remote_id="homeless", agent_name="Homeless", enabled=True)

    answer = review(desk, disabled)

    page = desk.get(NEW).content.decode()
    assert str(agent.pk) in page
    assert str(disabled.pk) not in page
    assert str(homeless.pk) not in page
    assert "This agent" in text(answer)
    assert RcsMessage.objects.count() == 0


def test_a_text_instead_needs_a_sender_and_a_text(desk, agent):
    errors = review(desk, agent, fallback="sms").context["form"].errors

    assert set(errors) == {"sms_from", "sms_text"}
    assert len(errors["sms_text"]) == 1


def test_a_moment_to_give_up_at_must_be_chosen(desk, agent):
    errors = review(desk, agent, lifetime="until").context["form"].errors

    assert errors == {"expire_at": ["Choose a day and time."]}


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (["RICHCARD_STANDALONE", "HOLOGRAM"], "cards with pictures and buttons, HOLOGRAM (not recognized)"),
        ([], "This phone has no RCS. Checked 3 hours ago."),
    ],
)
def test_what_the_handset_can_is_said_with_its_age(desk, agent, features, words):
    knows(agent, features)

    page = text(desk.post(LOOK, {"agent": str(agent.pk), "to": "303 555 0123"}))

    assert words in page
    assert "Checked 3 hours ago." in page


def test_telnyx_is_asked_about_a_handset_once(desk, agent, sandbox, chore):
    look = {"agent": str(agent.pk), "to": "303 555 0123"}
    before = text(desk.post(LOOK, look))
    asked = [text(desk.post(LOOK, look | {"ask": "1"})) for _twice in range(2)]
    chore()

    assert "Not checked yet." in before
    assert all("Waiting for Telnyx's answer." in page for page in asked)
    assert len(sandbox.requests("GET", "capabilities/")) == 1
    assert "Checked" in text(desk.post(LOOK, look))


def test_asking_without_scripts_loses_nothing(desk, agent):
    answer = desk.post(NEW, typed(desk, agent, '{"text": "half') | {"_ask": "1"})

    assert "Waiting for Telnyx's answer." in text(answer)
    assert fields_of(answer)["content"] == '{"text": "half'
    assert "Nothing was sent" not in text(answer)


def test_a_handset_without_rcs_needs_something_instead(desk, agent):
    knows(agent, [])

    refused = review(desk, agent)
    taken = review(desk, agent, fallback="sms", sms_from=SENDER, sms_text="By text")

    assert "This phone has no RCS." in str(refused.context["form"].errors["to"])
    assert taken.context["goes_plain"]


@pytest.mark.promise("X86")
def test_someone_who_may_only_send_tests_sends_nothing_else(agent):
    support = browser_of(person("support", "view_rcsmessage", "send_test_rcsmessage", "write_free_text"))

    answer = review(support, agent, purpose="manual")

    assert "purpose" in answer.context["form"].errors
    assert sent(support, agent, purpose="test").purpose == "test"


def test_without_the_permission_every_page_is_refused(desk, agent):
    message = sent(desk, agent)
    viewer = browser_of(person("viewer", "view_rcsmessage", "view_rcsagent"))
    nobody = browser_of(person("nobody"))

    assert viewer.get(NEW).status_code == 403
    assert viewer.post(LOOK).status_code == 403
    assert viewer.post(f"{LIST}{message.pk}/withdraw/").status_code == 403
    assert viewer.get(f"{TEMPLATES}new/").status_code == 403
    assert "Hello" not in viewer.get(change(message)).content.decode()
    assert "+1 303 555 0123" not in viewer.get(change(message)).content.decode()
    assert "Send an RCS message" not in viewer.get("/admin/rcs/rcsagent/").content.decode()
    assert {nobody.get(page).status_code for page in (LIST, TEMPLATES, change(message))} == {403}


def test_a_message_that_waits_is_withdrawn(desk, agent, sandbox, work):
    message = sent(desk, agent)

    page = text(desk.post(f"{LIST}{message.pk}/withdraw/", follow=True))

    assert "Withdrawn. No one will be texted." in page
    assert outbox.entries(message)[0].state == "cancelled"
    assert posts(sandbox) == []


def test_what_was_refused_is_sent_again_with_everything_in_it(desk, agent, sandbox, work):
    sandbox.edit_agent(agent.remote_id, enabled=False)
    message = sent(desk, agent, CAROUSEL, fallback="sms", sms_from=SENDER, sms_text="By text")
    work(outbox.entries(message)[0])
    message.refresh_from_db()

    assert "Correct and send again" in text(desk.get(change(message)))
    again = fields(desk, f"{NEW}?again={message.pk}")

    assert json.loads(again["content"]) == CAROUSEL
    assert again["sms_text"] == "By text"
    assert again["again_of"] == str(message.pk)
    assert again["message_id"] != str(message.pk)


def test_the_ways_to_send_lead_here(desk, agent, operator):
    operator.user_permissions.add(Permission.objects.get(codename="send_composedmessage"))
    operator.user_permissions.add(Permission.objects.get(codename="view_composedmessage"))
    agents = "/admin/rcs/rcsagent/"
    pages = ("/admin/", "/admin/messaging/composedmessage/new/", LIST, agents, f"{agents}{agent.pk}/change/")

    assert [page for page in pages if NEW not in desk.get(page).content.decode()] == []
    assert fields(desk, f"{NEW}?agent={agent.pk}")["agent"] == str(agent.pk)


def test_lists_and_pages_ask_as_much_for_many_rows_as_for_few(desk, agent):
    def asked(page):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(page).status_code == 200
        return len(queries)

    profile = MessagingProfile.objects.get(remote_id=agent.messaging_profile_id)

    def add(count):
        ids = [str(uuid4()) for _number in range(count)]
        RcsMessage.objects.bulk_create(
            RcsMessage(
                agent=agent,
                recipient=HANDSET,
                messaging_profile=profile,
                purpose="test",
                content=CAROUSEL,
                remote_id=id,
            )
            for id in ids
        )
        told = [outbound(id, type="RCS", to=HANDSET) for id in ids]
        store.merge([row for one in told for row in parsing.rows(one, at=timezone.now(), source="webhook")])
        RcsTemplate.objects.bulk_create(
            RcsTemplate(name=uuid4().hex, content=CAROUSEL) for _number in range(count)
        )

    add(1)
    asked(LIST)
    few = [asked(LIST), asked(TEMPLATES)]
    add(30)

    assert [asked(LIST), asked(TEMPLATES)] == few


def test_ten_thousand_handsets_make_their_list_no_slower(desk, agent):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert desk.get("/admin/rcs/capability/").status_code == 200
        return [query["sql"] for query in queries.captured_queries]

    knows(agent, [])
    asked()
    few = asked()
    Capability.objects.bulk_create(
        Capability(agent=agent, phone_number=f"+1312{number:07}", has_rcs=False, as_of=timezone.now())
        for number in range(10_000)
    )

    many = asked()

    assert len(many) == len(few)
    assert not any("COUNT(*)" in query and 'rcs_capability"' in query for query in many)


# Templates.


def template_form(desk, page=f"{TEMPLATES}new/", **how):
    usual = {"name": "Spring", "content": json.dumps(CAROUSEL), "sms_text": "By text", "notes": "In March"}
    return fields(desk, page) | usual | how


def test_a_template_is_kept_used_changed_and_deleted(desk, agent):
    desk.post(f"{TEMPLATES}new/", template_form(desk))
    template = RcsTemplate.objects.get()
    used = fields(desk, f"{NEW}?template={template.pk}")
    edit = f"{TEMPLATES}{template.pk}/edit/"
    desk.post(edit, template_form(desk, edit, name="Summer"))
    template.refresh_from_db()

    assert json.loads(used["content"]) == CAROUSEL
    assert (used["fallback"], used["sms_text"]) == ("sms", "By text")
    assert template.name == "Summer"
    assert "2 cards, first “Spring cleaning”, 2 buttons" in text(desk.get(TEMPLATES))
    assert "cannot be brought back" in text(desk.get(f"{TEMPLATES}{template.pk}/remove/"))
    desk.post(f"{TEMPLATES}{template.pk}/remove/")
    assert RcsTemplate.objects.count() == 0


def test_a_second_click_makes_no_second_template(desk, agent):
    form = template_form(desk)

    answers = [desk.post(f"{TEMPLATES}new/", form) for _twice in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert RcsTemplate.objects.count() == 1


def test_two_templates_of_one_name_are_refused_beside_the_name(desk, agent):
    RcsTemplate.objects.create(name="spring", content=CAROUSEL)

    answer = desk.post(f"{TEMPLATES}new/", template_form(desk))

    assert answer.context["form"].errors == {
        "name": ["A template with this name exists. Choose another name."]
    }
    assert fields_of(answer)["notes"] == "In March"


def test_what_another_person_changed_meanwhile_is_not_overwritten_unseen(desk, agent):
    template = RcsTemplate.objects.create(name="Spring", content=CAROUSEL)
    edit = f"{TEMPLATES}{template.pk}/edit/"
    form = template_form(desk, edit)
    template.notes = "Theirs"
    template.save()

    answer = desk.post(edit, form)

    template.refresh_from_db()
    assert "Changed in two places" in text(answer)
    assert template.notes == "Theirs"
    desk.post(edit, fields_of(answer) | choose(answer, "mine"))
    template.refresh_from_db()
    assert template.notes == "In March"


def test_a_message_becomes_a_template(desk, agent):
    message = sent(desk, agent, CAROUSEL, fallback="sms", sms_from=SENDER, sms_text="By text")

    kept = fields(desk, f"{TEMPLATES}new/?from={message.pk}")

    assert json.loads(kept["content"]) == CAROUSEL
    assert kept["sms_text"] == "By text"


@pytest.mark.promise("F29")
def test_whoever_may_not_write_freely_sends_templates_as_they_are(agent):
    limited = person("limited", *MANAGE, *(name for name in SEND if name != "write_free_text"))
    browser = browser_of(limited)
    template = RcsTemplate.objects.create(name="Spring", content=CAROUSEL, sms_fallback="By text")
    without = RcsTemplate.objects.create(name="Hello", content={"text": "Hi", "suggestions": []})
    fallback = {"fallback": "sms", "sms_from": SENDER, "sms_text": "By text"}

    wrong = (
        review(browser, agent, {"text": "Win a prize"}),
        review(browser, agent, CAROUSEL, **fallback | {"sms_text": "Win a prize"}),
        review(browser, agent, without.content, **fallback),
        review(browser, agent, CAROUSEL, fallback="mms", mms_from=SENDER, mms_text="Win a prize"),
    )

    for answer in wrong:
        assert "You can send only saved RCS templates, as they are." in text(answer)
    made = RcsMessage(agent=agent, messaging_profile=agent.profile(), recipient=HANDSET, purpose="manual")
    made.content = {"text": "Win a prize"}
    with pytest.raises(sending.Objected):
        sending.promise(made, limited, "token")
    assert not RcsMessage.objects.exists()
    assert sent(browser, agent, CAROUSEL, **fallback).sms_fallback["text"] == "By text"
    assert browser.get(f"{TEMPLATES}new/").status_code == 403
    assert browser.post(f"{TEMPLATES}{template.pk}/edit/", {"name": "Win a prize"}).status_code == 403


def test_a_stop_to_another_profile_is_said_before_sending(desk, agent):
    reconcile.heard(str(uuid4()), SENDER, HANDSET, "STOP", timezone.now(), "QUIT")

    page = text(review(desk, agent))

    assert (
        "(QUIT), so that profile can't text them. Text them from another profile only if they agreed" in page
    )
    assert "This will be sent" in page
