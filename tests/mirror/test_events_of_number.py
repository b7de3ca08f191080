"""Webhook events are found by a phone number, which no address shows: through the records that they are about."""

import re
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hosted.models import HostedOrder, OrderNumber
from messaging.desk.number_address import number_in, token_of, url_of
from messaging.mirror.inbound import drain
from messaging.mirror.models import WebhookEvent
from messaging.models import Message
from tests.desk.conftest import make_entry
from tests.hosted.conftest import ONE, hosted_event, receive
from tests.messaging.bodies import OURS, THEIRS, message_event, outbound
from tests.signing import deliver, event
from tests.tollfree.pages import text

LIST, FIND = "/admin/mirror/webhookevent/", "/admin/desk/events-of-number/"
ID = "3e8b1c52-7d44-4c1f-9a0b-6f2d5e4c3b01"
OTHER = "+13125559876"


def search(client, typed: str) -> list[int]:
    """Type a number into the list's box, and return which events the list then shows."""
    answer = client.post(FIND, {"number": typed})
    assert answer.status_code == 302
    assert typed.lstrip("+") not in answer["Location"]
    return shown(client, answer["Location"])


def shown(client, address: str) -> list[int]:
    return [row.pk for row in client.get(address).context["cl"].result_list]


def reported(*bodies) -> list[int]:
    for body in bodies:
        assert deliver(body) == 200
    drain.drain()
    keys = [body["data"]["id"] for body in bodies]
    return sorted(WebhookEvent.objects.filter(dedupe_key__in=keys).values_list("pk", flat=True), reverse=True)


def test_reports_on_messages_from_and_to_a_number_are_found(login, db):
    ids = reported(message_event("sent", outbound()), message_event("finalized", outbound()))
    reported(event("test.happened"))
    admin = login("admin")

    assert search(admin, THEIRS) == ids
    assert shown(admin, f"{LIST}?number={token_of(OURS)}") == ids
    assert search(admin, OTHER) == []


def test_events_that_changed_a_hosted_number_are_found(login, db):
    order = HostedOrder.objects.create(remote_id=ID, sync_state="accepted")
    OrderNumber.objects.create(order=order, phone_number=ONE, live=True)
    found = receive(hosted_event("updated", ID, "failed", {ONE: "failed"}))
    receive(hosted_event("updated", "another", "failed", {OTHER: "failed"}))

    assert search(login("operator"), ONE) == [found.pk]


def test_calls_of_the_address_of_a_toll_free_request_are_found(login, db):
    entry, other = make_entry(), make_entry()
    number = entry.resource.phone_numbers[0]
    other.resource.phone_numbers = [OTHER]
    other.resource.save()
    body = event("toll_free.happened")
    assert deliver(body, path=f"/webhooks/telnyx/{entry.callback_token}/") == 200
    assert deliver(event("toll_free.happened"), path=f"/webhooks/telnyx/{other.callback_token}/") == 200
    found = WebhookEvent.objects.get(dedupe_key=body["data"]["id"])

    assert search(login("compliance"), number) == [found.pk]


def test_the_number_is_masked_on_the_page_and_a_token_in_the_address(login, db):
    admin = login("admin")

    address = admin.post(FIND, {"number": "(312) 555-9876"})["Location"]
    page = admin.get(address)

    [token] = parse_qs(urlsplit(address).query)["number"]
    assert number_in(token) == OTHER
    assert "***9876" in text(page)
    assert "5559876" not in page.content.decode()


def test_what_is_no_number_is_said_and_searches_for_nothing(login, db):
    [found] = reported(event())
    admin = login("admin")

    answer = admin.post(FIND, {"number": "hello"}, follow=True)

    assert "isn't a phone number" in text(answer)
    assert [row.pk for row in answer.context["cl"].result_list] == [found]


def test_only_traces_that_one_may_see_lead_to_events(login, db):
    reported(message_event("sent", outbound()))
    order = HostedOrder.objects.create(remote_id=ID, sync_state="accepted")
    OrderNumber.objects.create(order=order, phone_number=ONE, live=True)
    receive(hosted_event("updated", ID, "failed", {ONE: "failed"}))
    bare = Group.objects.create(name="bare")
    bare.permissions.add(Permission.objects.get(codename="view_webhookevent"))
    client = login("auditor")
    User.objects.get(username="auditor").groups.set([bare])

    assert search(client, THEIRS) == search(client, ONE) == []


def test_whoever_may_not_view_events_is_refused(login, db):
    assert login("support").post(FIND, {"number": THEIRS}).status_code == 403
    assert login("admin").get(FIND).status_code == 405


def test_a_search_costs_the_same_however_many_messages_there_are(login, db):
    admin = login("admin")

    def queries() -> int:
        address = admin.post(FIND, {"number": THEIRS})["Location"]
        with CaptureQueriesContext(connection) as found:
            admin.get(address)
        return len(found)

    reported(message_event("sent", outbound()))
    queries()
    few = queries()
    ids = [f"0f4a7c11-9b1d-4a55-8a3e-{n:012}" for n in range(30)]
    reported(*(message_event("sent", outbound(id)) for id in ids))

    assert queries() == few


def test_a_part_of_a_number_is_not_called_no_number(login, db):
    page = text(login("admin").post(FIND, {"number": THEIRS[-4:]}, follow=True))

    assert "Events are found by the whole number only" in page
    assert "That isn't a phone number" not in page


def test_an_event_leads_to_its_message_and_number_where_somebody_may_see_them(login, db):
    [pk] = reported(message_event("finalized", outbound()))
    [message] = Message.objects.all()
    address, link = f"{LIST}{pk}/change/", f'href="/admin/messaging/message/{message.pk}/change/"'

    page = login("admin").get(address).content.decode()
    assert link in page
    assert f'href="{url_of(THEIRS)}"' in page
    assert re.search(r">\s*message.finalized ", page)
    assert not re.search(r">\s*Message.finalized ", page)
    group = Group.objects.create(name="events only")
    group.permissions.add(Permission.objects.get(codename="view_webhookevent"))
    client = login("nobody")
    User.objects.get(username="nobody").groups.add(group)
    answer = client.get(address)
    assert (answer.status_code, link in answer.content.decode()) == (200, False)
