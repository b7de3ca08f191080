"""The page of a text that counted as STOP says what it did, and people are advised only what they can do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from messaging.log.customer_texts import TEXTS, Say
from messaging.mirror.inbound import drain
from messaging.models import Message, MessagingProfile
from messaging.optouts import reconcile
from tests.messaging.bodies import PROFILE, THEIRS, inbound, message_event, outbound, party
from tests.messaging.log.conftest import page_of
from tests.signing import deliver
from tests.tollfree.pages import text

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TOLL_FREE = "+18885550123"
TITLE = "They asked us to stop texting them"


def hears(word: str, at: datetime, **more) -> Message:
    payload = inbound(text=word, autoresponse_type=word, received_at=at.isoformat(), **more)
    body = message_event("received", payload)
    body["data"]["occurred_at"] = at.isoformat()
    assert deliver(body) == 200
    drain.drain()
    return Message.objects.get(remote_id=payload["id"])


@pytest.fixture
def profile(db):
    return MessagingProfile.objects.create(remote_id=PROFILE, name="Northwind")


@pytest.mark.promise("F56")
def test_a_stop_says_what_it_did_and_how_it_ends(login, profile):
    client, stop = login("support"), hears("STOP", AT)
    pages = {say: text(client.get(f"{page_of(stop)}?say={say}")) for say in TEXTS[Say.STOPPED]}

    assert TITLE in pages["en"]
    assert "Opted out since Nov. 20, 2026" in pages["en"]
    assert "or any other number on the messaging profile “Northwind”" in pages["en"]
    assert "They can, by texting START to +1" in pages["en"]
    for say, page in pages.items():
        assert TEXTS[Say.STOPPED][say] in page
    assert "On Nov. 20, 2026, at 3:00 a.m. CST (09:00 UTC), you asked us to stop texting you." in pages["en"]
    assert "2026年11月20日" in pages["zh-hans"]

    start = hears("START", AT + timedelta(hours=1))
    again = text(client.get(page_of(stop)))
    assert "They opted in again on Nov. 20, 2026" in again
    assert TEXTS[Say.ASKED_AGAIN]["en"] in again
    assert TEXTS[Say.STOPPED]["en"] not in again
    assert TITLE not in text(client.get(page_of(start)))


def test_a_stop_to_a_toll_free_number_names_unstop_and_our_own_block_counts(login, profile):
    client, stop = login("support"), hears("STOP", AT, to=[party(TOLL_FREE)])
    assert "by texting UNSTOP or START to +1 888 555 0123" in text(client.get(page_of(stop)))

    hears("START", AT + timedelta(hours=1), to=[party(TOLL_FREE)])
    reconcile.promise(THEIRS, profile_id="", note="Asked by mail", by=User.objects.latest("pk"))
    page = text(client.get(page_of(stop)))
    assert "We still block this number ourselves" in page
    assert TEXTS[Say.BLOCKED_BY_US]["en"] in page


def test_evidence_is_advised_to_those_who_can_make_it(login, profile):
    payload = outbound(status="delivered", received_at=timezone.now().isoformat())
    assert deliver(message_event("finalized", payload)) == 200
    drain.drain()
    url, words = page_of(Message.objects.get()), "Evidence about this message shows"

    seen = {}
    for name in Group.objects.values_list("name", flat=True):
        answer = login(name).get(url)
        if answer.status_code == 200:
            seen[name] = words in text(answer)
            assert seen[name] == ("/evidence/start/" in answer.content.decode()), name
    assert (seen["support"], seen["compliance"]) == (False, True)
