"""The page about one number: what it is to us, all that happened, each record, and who may see which of it."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from hosted.models import HostedNumber, HostedOrder, OrderNumber, SettingChange
from messaging.desk.number_address import number_in, token_of, url_of
from messaging.mirror import reveals
from messaging.mirror.inbound import drain
from messaging.mirror.models import Source, StatusChange
from messaging.models import (
    ComposedMessage,
    Message,
    MessagingProfile,
    OptOut,
    Reading,
    Reveal,
)
from rcs.models import Capability, RcsAgent
from tests.desk.lists import queries
from tests.messaging.bodies import OURS, THEIRS, error, inbound, message_event, outbound
from tests.signing import deliver
from tests.tollfree.conftest import complete
from tests.tollfree.pages import text
from tollfree.models import VerificationRequest

FIND = "/admin/desk/find/"
ROLES = ["support", "operator", "compliance", "auditor"]
MASKED, SHOWN = "+1 312 *** 0001", "+1 312 555 0001"
LINE = "+13125550143"
TOLL_FREE = "+18005550123"


def tell(kind: str, payload: dict, *, minutes: float = 5) -> Message:
    """Take a message in by a signed webhook."""
    at = (timezone.now() - timedelta(minutes=minutes)).isoformat()
    body = message_event(kind, {**payload, "received_at": at})
    body["data"]["occurred_at"] = at
    assert deliver(body) == 200
    drain.drain()
    return Message.objects.filter(remote_id=payload["id"]).latest("id")


def read(client, number: str) -> str:
    answer = client.get(url_of(number))
    assert answer.status_code == 200
    return text(answer)


def chapters(client, number: str) -> set[str]:
    """Return the titles of the chapters that have records; the sidebar of the page has some of the same words."""
    return {str(chapter.title) for chapter in client.get(url_of(number)).context["chapters"]}


def story(page: str) -> str:
    return page.split("What happened", 1)[1]


def hosted_number(**changes: Any) -> HostedNumber:
    return HostedNumber.objects.create(
        **{"remote_id": str(uuid4()), "phone_number": LINE, "sync_state": "accepted"} | changes
    )


def ordered(number: str = LINE, **changes: Any) -> OrderNumber:
    order = HostedOrder.objects.create(customer="Larkspur Dental", remote_id=str(uuid4()))
    return OrderNumber.objects.create(order=order, phone_number=number, **changes)


def reported(record: Any, status: str, *, days: float) -> None:
    StatusChange.objects.create(
        resource_type=ContentType.objects.get_for_model(record),
        resource_id=record.pk,
        status=status,
        occurred_at=timezone.now() - timedelta(days=days),
        source=Source.WEBHOOK,
    )


def test_our_own_number_is_nobody_elses_and_its_settings_are_told(login):
    number = hosted_number(messaging_product="A2P")
    SettingChange.objects.create(
        number=number,
        setting="messaging_product",
        before="P2P",
        after="A2P",
        source="api",
        noticed_at=timezone.now(),
    )
    tell("received", inbound(sender=LINE))

    support = login("support")
    page = read(support, LINE)

    assert "Our hosted number" in page
    assert "Somebody else" not in page
    assert "“Messaging product” changed" in story(page)
    HostedNumber.objects.update(gone_at=timezone.now())
    assert "Somebody else" in read(support, LINE)


# The address.


@pytest.mark.parametrize(
    "number", ["+13125550001", "+442079460018", "55512", "NORTHWIND", "Étoile", "x" * 64]
)
def test_the_address_is_always_the_same_and_holds_nothing_of_the_number(number):
    token = token_of(number)

    assert re.fullmatch(r"[0-9A-Za-z_-]+", token)
    assert token == token_of(number)
    assert number_in(token) == number
    assert number not in token
    assert number[-7:] not in token


@pytest.mark.parametrize("token", ["x", "AAAA", "ü", "+13125550001", "a" * 500, "A" * 38])
def test_an_address_that_is_not_ours_leads_nowhere(login, token):
    assert number_in(token) == ""
    assert login("support").get(f"/admin/desk/number/{token}/").status_code == 404


def test_an_address_is_of_this_installation_alone_and_survives_a_new_key(settings):
    token, old = token_of(THEIRS), settings.SECRET_KEY

    settings.SECRET_KEY = "another key of fifty characters, for another desk, 0"  # noqa: S105
    assert number_in(token) == ""
    settings.SECRET_KEY_FALLBACKS = [old]
    assert number_in(token) == THEIRS


# Who may see it.


def test_people_who_may_see_nothing_of_a_number_are_refused(login, client):
    assert login("nobody").get(url_of(THEIRS)).status_code == 403
    assert client.get(url_of(THEIRS)).status_code == 302
    assert login("support").post(url_of(THEIRS)).status_code == 405


@pytest.mark.parametrize("role", ROLES)
def test_somebody_elses_number_is_masked_for_everybody(login, role):
    tell("finalized", outbound(status="delivered"))

    answer = login(role).get(url_of(THEIRS))

    assert MASKED in text(answer)
    content = re.sub(r"[\s().-]", "", answer.content.decode())
    assert THEIRS[2:] not in content
    assert "Northwind: order" not in answer.content.decode()


@pytest.mark.parametrize("role", ROLES)
def test_our_own_numbers_are_shown_to_everybody(login, role):
    tell("finalized", outbound(status="delivered"))
    hosted_number()
    complete(phone_numbers=[TOLL_FREE]).save()
    client = login(role)

    assert "+1 555 010 0011" in read(client, OURS)
    assert "+1 312 555 0143" in read(client, LINE)
    assert "+1 800 555 0123" in read(client, TOLL_FREE)


def test_a_number_that_was_opened_on_record_is_shown_to_who_opened_it(login):
    message = tell("finalized", outbound(status="delivered"))
    support, compliance = login("support"), login("compliance")

    support.post(f"/admin/messaging/message/{message.pk}/reveal/", {"reason": "Ticket 12"})

    assert SHOWN in read(support, THEIRS)
    assert SHOWN not in read(compliance, THEIRS)


SEEN_BY = {
    "Conversations": set(ROLES),
    "Last outgoing messages": set(ROLES),
    "Opt-outs": set(ROLES),
    "Hosted orders": set(ROLES),
    "Hosted numbers": set(ROLES),
    "Toll-free verifications": set(ROLES),
    "Sent from here": {"support", "operator", "compliance"},
    "Who opened its messages": {"compliance", "auditor"},
    "Who opened its opt-outs": {"compliance", "auditor"},
    "RCS phones": {"operator"},
}


def everything(number: str) -> None:
    """Make one record of every kind about a number."""
    someone = User.objects.get_or_create(username="mkowalski", is_staff=True)[0]
    message = tell("finalized", outbound(status="delivered", to=number))
    Reveal.objects.create(
        user=someone, message_id=message.pk, remote_id=message.remote_id, reason="Ticket 77"
    )
    out = OptOut.objects.create(to_number=number, keyword="STOP", stopped_at=timezone.now())
    reveals.reveal(someone, out, "Ticket 78")
    ordered(number)
    hosted_number(phone_number=number)
    complete(phone_numbers=[number]).save()
    ComposedMessage.objects.create(
        kind="message", purpose="test", sender=OURS, recipients=[number], text="Quokka"
    )
    agent = RcsAgent.objects.create(remote_id=str(uuid4()), agent_name="Shop", enabled=True)
    Capability.objects.create(agent=agent, phone_number=number, has_rcs=True, as_of=timezone.now())


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_the_chapters_it_may_view(login, role):
    everything(LINE)

    client = login(role)
    page = read(client, LINE)

    assert chapters(client, LINE) == {words for words, roles in SEEN_BY.items() if role in roles}
    assert ("mkowalski opened" in page) == (role in ("compliance", "auditor"))
    assert "Quokka" not in page


@pytest.mark.parametrize(
    ("permission", "seen"),
    [
        ("view_message", "Conversations"),
        ("view_optout", "Opt-outs"),
        ("view_hostedorder", "Hosted orders"),
        ("view_hostednumber", "Hosted numbers"),
        ("view_verificationrequest", "Toll-free verifications"),
        ("view_composedmessage", "Sent from here"),
        ("view_reveal", "Who opened its messages"),
    ],
)
def test_a_permission_shows_its_own_chapter_and_nothing_else(login, person, client, permission, seen):
    from django.contrib.auth.models import Permission  # noqa: PLC0415

    everything(LINE)
    someone = person("nobody")
    someone.user_permissions.add(Permission.objects.get(codename=permission))
    client.force_login(someone)

    expected = {seen, "Last outgoing messages"} if permission == "view_message" else {seen}
    assert chapters(client, LINE) == expected


# What it tells.


def test_a_number_that_was_hosted_then_gone_then_opted_out_says_all_three(login):
    now = timezone.now()
    row = ordered(status="deleted", gone_at=now - timedelta(days=20))
    reported(row, "successful", days=40)
    gone = hosted_number(gone_at=now - timedelta(days=19))
    HostedNumber.objects.filter(pk=gone.pk).update(created_at=now - timedelta(days=40))
    stop = inbound(sender=LINE, text="Stop", autoresponse_type="STOP")
    tell("received", stop, minutes=60)

    page = read(login("support"), LINE)

    assert "Was our hosted number" in page
    assert "No longer at Telnyx; noticed on" in page
    assert re.search(r"Opted out since .*, by STOP", page)
    told = [
        "STOP: this opted them out",
        "We noticed that Telnyx no longer hosts this number",
        "No longer in the hosted order Larkspur Dental",
        "Hosting: Live",
    ]
    places = [story(page).index(words) for words in told]
    assert places == sorted(places)


def test_opt_outs_before_and_now_are_told_with_word_and_time(login):
    for minutes, kind in ((500, "STOP"), (400, "START"), (300, "STOP"), (200, "START")):
        tell("received", inbound(text=kind, autoresponse_type=kind), minutes=minutes)
    profile = MessagingProfile.objects.create(remote_id="p1", name="Shop")
    OptOut.objects.create(
        profile_id=profile.remote_id, to_number=THEIRS, is_ours=True, stopped_at=timezone.now()
    )

    client = login("support")
    page = read(client, THEIRS)

    titles = [str(event.title) for event in client.get(url_of(THEIRS)).context["events"]]
    assert titles.count("STOP: this opted them out") == 2
    assert titles.count("START: this opted them in again") == 2
    assert re.search(r"Opted out from .+ until .+, by STOP", page)
    assert re.search(r"Blocked by us since .+?\. Texts to this number aren't sent from: Shop\.", page)


def test_a_phone_that_only_ever_opted_in_was_never_opted_out(login):
    tell("received", inbound(text="START", autoresponse_type="START"))

    page = read(login("support"), THEIRS)

    assert "Opted out" not in page
    assert "aren't sent" not in page


def test_messages_say_their_state_in_words_and_what_was_sent_instead(login):
    tell("finalized", outbound(status="delivery_failed", errors=[error("40300", "Blocked")]))
    tell("finalized", outbound(status="delivered", body={"text": "Hello"}), minutes=9)
    tell("received", inbound(), minutes=3)

    page = read(login("support"), THEIRS)

    assert "40300" in page
    assert "Delivered" in page
    assert "Received" in page
    assert "1 message" in page or "3 messages" in page


def test_the_last_twenty_of_each_direction_are_shown_and_all_are_one_step_away(login):
    for n in range(25):
        tell("finalized", outbound(status="delivered"), minutes=10 + n)
    tell("received", inbound(), minutes=500)
    client = login("support")

    answer = client.get(url_of(THEIRS))

    titles = {str(chapter.title): chapter for chapter in answer.context["chapters"]}
    assert len(titles["Last outgoing messages"].hits) == 20
    assert len(titles["Last incoming messages"].hits) == 1
    listed = client.post(titles["Last outgoing messages"].all_url, follow=True)
    assert len(listed.context["rows"]) == 25
    assert MASKED in text(listed)
    assert THEIRS not in listed.content.decode()
    assert SHOWN not in listed.content.decode()
    assert "view=" in listed.redirect_chain[-1][0]
    # A further filter keeps the number.
    kept = re.search(r'name="keep" value="([^"]+)"', listed.content.decode())
    again = client.post(
        "/admin/messaging/message/find/", {"keep": kept[1], "q": "", "direction": "inbound"}, follow=True
    )
    assert len(again.context["rows"]) == 1


def test_all_messages_of_a_number_are_refused_without_the_permission(login):
    url = f"/admin/messaging/message/number/{token_of(THEIRS)}/"

    assert login("nobody").post(url).status_code == 403
    client = login("auditor")
    assert client.get(url).status_code == 405
    assert client.post("/admin/messaging/message/number/x/").status_code == 404


def test_links_to_all_lead_to_lists_of_this_number_alone(login):
    message = tell("finalized", outbound(status="delivered"))
    other = tell("finalized", outbound(status="delivered", to="+13125550002"))
    someone = User.objects.create(username="mkowalski", is_staff=True)
    for row in [message] * 12 + [other]:
        Reveal.objects.create(user=someone, message_id=row.pk, remote_id=row.remote_id, reason="Ticket 7")
    for n, number in enumerate([THEIRS] * 12 + ["+13125550002"]):
        OptOut.objects.create(profile_id=f"p{n}", to_number=number, stopped_at=timezone.now())
    client = login("compliance")

    chapters = {str(chapter.title): chapter for chapter in client.get(url_of(THEIRS)).context["chapters"]}

    for title, count in (("Who opened its messages", 12), ("Opt-outs", 12)):
        assert len(chapters[title].hits) == 10
        assert THEIRS[1:] not in chapters[title].all_url
        listed = client.get(chapters[title].all_url)
        assert len(listed.context["cl"].result_list) == count
        assert THEIRS[2:] not in re.sub(r"\s", "", listed.content.decode())
    assert len(client.get("/admin/messaging/optout/?number=x").context["cl"].result_list) == 13


def test_a_number_of_a_profile_is_ours(login):
    profile = MessagingProfile.objects.create(remote_id="p1", name="Shop")
    Reading.objects.create(
        address="/messaging_profiles/p1/phone_numbers",
        shape="pages",
        data=[{"phone_number": LINE}],
        as_of=timezone.now(),
    )

    page = read(login("support"), LINE)

    assert f"Number of the messaging profile {profile}" in page
    assert "+1 312 555 0143" in page


def test_a_verification_tells_its_steps(login):
    request = complete(phone_numbers=[TOLL_FREE], remote_id="r1", remote_status="Verified")
    request.sync_state = "accepted"
    request.save()
    for days, status in ((9, "In Progress"), (5, "Rejected"), (1, "Verified"), (0.5, "Verified")):
        reported(request, status, days=days)

    page = read(login("support"), TOLL_FREE)

    assert "Our verified toll-free number" in page
    assert page.count("Toll-free verification: Verified") == 1
    assert story(page).index("Verified") < story(page).index("Rejected")
    assert "Wilhelmina" not in page


def test_a_number_nobody_knows_says_so(login):
    page = read(login("support"), "+12125550199")

    assert "it isn't one of our numbers, and no message has come from it or gone to it" in page
    assert "As far as you can see, nothing has happened with this number." in page
    assert "Nothing found in:" in page


def test_at_most_fifty_events_are_shown_newest_first(login):
    for _n in range(9):
        row = ordered()
        for days in range(1, 8):
            reported(row, f"step {days}", days=days)

    answer = login("support").get(url_of(LINE))

    shown = [event.at for event in answer.context["events"]]
    assert len(shown) == 50
    assert shown == sorted(shown, reverse=True)
    assert "Only the newest 50 events are shown." in text(answer)


@pytest.mark.promise("L3")
def test_the_page_costs_the_same_for_many_records_and_counts_nothing(login):
    everything(LINE)
    # Names of profiles are looked up if any opt-out has one.
    OptOut.objects.create(profile_id="p", to_number=LINE, stopped_at=timezone.now())
    client = login("admin")
    client.get(url_of(LINE))
    few = queries(client, url_of(LINE))
    someone = User.objects.get(username="mkowalski")
    for n in range(12):
        message = tell("finalized", outbound(status="delivered", to=LINE), minutes=n)
        tell("received", inbound(sender=LINE, text="STOP", autoresponse_type="STOP"), minutes=n)
        Reveal.objects.create(user=someone, message_id=message.pk, remote_id=message.remote_id, reason="T 7")
        OptOut.objects.create(profile_id=f"p{n}", to_number=LINE, stopped_at=timezone.now())
        reported(ordered(LINE), "successful", days=n)
        complete(phone_numbers=[LINE]).save()

    many = queries(client, url_of(LINE))

    assert len(many) == len(few)
    assert not any("COUNT(*)" in query for query in many)


# The ways to it.


def test_the_search_for_a_number_leads_to_it_first(login):
    tell("finalized", outbound(status="delivered"))
    client = login("support")

    for typed in ("(312) 555-0001", THEIRS, "312 555 0001", "Kim Doe 312-555-0001", "0013125550001"):
        answer = client.post(FIND, {"q": typed}, follow=True)
        assert f"Everything about {MASKED}" in text(answer)
        assert url_of(THEIRS) in answer.content.decode()
    for url, name in (
        ("/admin/messaging/message/find/", "q"),
        ("/admin/messaging/optout/look-up/", "number"),
    ):
        assert url_of(THEIRS) in client.post(url, {name: THEIRS}, follow=True).content.decode()
    assert "Everything about" not in text(client.post(FIND, {"q": "larkspur"}, follow=True))
    assert "Everything about" not in text(login("nobody").post(FIND, {"q": THEIRS}, follow=True))


@pytest.mark.parametrize("role", ROLES)
def test_pages_with_a_number_lead_to_it(login, role):
    message = tell("finalized", outbound(status="delivered"))
    request = complete(phone_numbers=[TOLL_FREE])
    request.save()
    row, held = ordered(), hosted_number()
    out = OptOut.objects.create(to_number=THEIRS, stopped_at=timezone.now())
    client = login(role)

    for url, number in (
        (f"/admin/messaging/message/{message.pk}/change/", THEIRS),
        (f"/admin/messaging/message/{message.pk}/change/", OURS),
        (f"/admin/messaging/message/{message.pk}/conversation/", THEIRS),
        (f"/admin/messaging/message/{message.pk}/conversation/", OURS),
        (f"/admin/tollfree/verificationrequest/{request.pk}/change/", TOLL_FREE),
        (f"/admin/hosted/hostedorder/{row.order_id}/change/", LINE),
        (f"/admin/hosted/hostednumber/{held.pk}/change/", LINE),
        (f"/admin/messaging/optout/{out.pk}/change/", THEIRS),
    ):
        assert url_of(number) in client.get(url).content.decode(), url
    assert VerificationRequest.objects.exists()


def test_every_link_of_the_page_leads_somewhere(login):
    everything(LINE)
    for role in ROLES:
        client = login(role)
        content = client.get(url_of(LINE)).content.decode().split('id="content-main"', 1)[1]
        links = set(re.findall(r'href="(/admin/[^"#]+)', content))
        assert {url: client.get(url).status_code for url in links} == dict.fromkeys(links, 200)


def test_times_are_in_the_zone_of_the_viewer(login):
    tell("finalized", outbound(status="delivered"))
    client = login("support")
    client.cookies["desk_zone"] = "Asia/Tokyo"

    assert "JST" in read(client, THEIRS)
