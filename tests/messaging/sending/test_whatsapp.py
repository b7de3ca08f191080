"""WhatsApp messages through the form: every type as it arrives, what is refused, replies, templates used before."""

import json
from importlib import import_module

import pytest

from messaging.models import ComposedMessage, Message
from messaging.whatsapp import earlier
from tests.messaging.sending.conftest import (
    body_sent,
    confirm,
    hears,
    knows_whatsapp,
    making,
    page_of,
    review,
)
from tests.messaging.sending.whatsapp import CONTENTS, QUOTED
from tests.sandbox.messages_control import SENDER
from tests.tollfree.pages import text


@pytest.mark.promise("F57")
def test_every_type_goes_through_the_form_and_arrives_as_it_was_written(send, work, sandbox):
    hears("Is it ready?", type="WHATSAPP", to=SENDER)

    for name, content in CONTENTS.items():
        entry = work(making(send("whatsapp", content=json.dumps(content))))

        assert entry.state == "accepted", (name, entry.errors)
        assert body_sent(sandbox)["whatsapp_message"] == content, name
        sandbox.clear_requests()


def test_what_is_wrong_is_said_beside_its_place_and_nothing_typed_is_lost(person, profile):
    hears("Is it ready?", type="WHATSAPP", to=SENDER)
    content = json.loads(json.dumps(CONTENTS["buttons"]))
    content["interactive"]["action"]["buttons"][1]["reply"]["title"] = "x" * 21

    shown = review(person("operator"), "whatsapp", profile=profile, content=json.dumps(content))

    assert "Button 2, Title : At most 20 characters; you have 21." in text(shown)
    (told,) = shown.context["config"]["problems"]
    assert told["pointer"] == "/interactive/action/buttons/1/reply/title"
    assert json.loads(shown.context["form"]["content"].value()) == content
    assert not ComposedMessage.objects.exists()


def test_json_that_is_none_comes_back_as_typed(person, profile):
    shown = review(person("operator"), "whatsapp", profile=profile, content='{"type": "text", ')

    assert "This isn't JSON: check line 1" in text(shown)
    assert shown.context["form"]["content"].value() == '{"type": "text", '


@pytest.mark.parametrize("name", ["text", "buttons", "reaction", "location"])
def test_everything_but_a_template_needs_their_message_of_the_last_day(person, profile, name):
    operator = person("operator")
    knows_whatsapp()

    closed = review(operator, "whatsapp", profile=profile, content=json.dumps(CONTENTS[name]))
    template = review(operator, "whatsapp", profile=profile)

    assert "hasn't written to this sender on WhatsApp in the last 24 hours" in text(closed)
    assert "This will be sent" in text(template)


def test_a_reply_quotes_the_message_and_its_author_reads_the_phone(person, profile, work, sandbox):
    hears(
        "Is it ready?",
        type="WHATSAPP",
        to=SENDER,
        body={"type": "text", "text": {"body": "Is it ready?"}, "foreign_id": QUOTED},
    )
    operator, pk = person("operator"), Message.objects.get().pk
    started = operator.post(f"/admin/messaging/message/{pk}/reply/")
    assert started.status_code == 302

    form = operator.get(started.headers["Location"]).context["form"]

    written = json.loads(form["content"].value())
    assert written == {"type": "text", "text": {}, "context": {"message_id": QUOTED}}
    content = json.dumps(CONTENTS["reply"])
    made = confirm(operator, review(operator, "whatsapp", profile=profile, content=content))
    work(making(ComposedMessage.objects.get()))
    assert body_sent(sandbox)["whatsapp_message"]["context"] == {"message_id": QUOTED}
    words = f'"body": "{CONTENTS["reply"]["text"]["body"]}"'
    assert words in operator.get(made.headers["Location"]).content.decode()
    assert words not in person("support").get(made.headers["Location"]).content.decode()


def test_templates_used_before_are_offered_without_anyone_s_values(
    send, person, django_assert_max_num_queries
):
    for name in ("values in order", "buttons of a template", "template in any language", "values by name"):
        send("whatsapp", content=json.dumps(CONTENTS[name]))

    with django_assert_max_num_queries(1):
        used = earlier.templates()

    assert [one.name for one in used] == ["order_ready (en_US)", "order_ready (de)"]
    assert used[0].template["components"] == [
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name"}]}
    ]
    page = person("support").get(page_of("whatsapp")).content.decode()
    assert "order_ready (de)" in page
    assert [told for told in ("Robin", "37.25", "SPRING25") if told in page] == []


def test_a_refused_message_is_written_again_with_all_its_parts(person, profile, send, work, sandbox):
    message = send("whatsapp", content=json.dumps(CONTENTS["buttons of a template"]))
    ComposedMessage.objects.filter(pk=message.pk).update(sync_state="refused")

    again = person("operator").get(f"{page_of('whatsapp')}?again={message.pk}")

    assert json.loads(again.context["form"]["content"].value()) == CONTENTS["buttons of a template"]


def test_messages_of_an_earlier_version_become_what_was_sent():
    migration = import_module("messaging.migrations.0026_whatsapp")

    class Old:
        template, template_language, template_values = "order_ready", "en_US", ["Robin", "8842"]

    values = [{"type": "text", "text": "Robin"}, {"type": "text", "text": "8842"}]
    assert migration.template(Old) == CONTENTS["template"]["template"] | {
        "components": [{"type": "body", "parameters": values}]
    }
