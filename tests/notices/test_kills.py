"""A worker that is killed in the middle of telling: each event is told once, and what can't be known is said."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.notices.events import make_one_of_each
from tests.notices.servers import MailServer, serving
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.system]

# How many events of each kind there are, and the words that say so.
EVENTS = {
    "our_turn": (3, "Action needed: "),
    "half": (1, "Half of the time to answer has passed"),
    "last_day": (1, "Due "),
    "done": (1, "Done: "),
    "decision": (1, "Needs a decision: "),
    "approval": (1, "A colleague asks for approval: "),
    "mention": (1, "A note mentions you: "),
    "sender": (1, "Far more messages than usual are failing"),
    "silent": (1, "Telnyx has sent no webhook since"),
    "worker": (1, "The worker stopped at"),
    "key": (1, "Telnyx has refused our API key since"),
}


@pytest.fixture
def mails() -> Iterator[MailServer]:
    with serving(MailServer()) as server:
        yield server


@pytest.fixture
def desk(stack: Stack, mails: MailServer) -> Stack:
    """A desk with events of every kind for one person, who wants an email about each at once."""
    stack.environment.update(EMAIL_URL=mails.url, EMAIL_FROM="desk@desk.example")
    make_one_of_each(stack.environment)
    return stack


def open_sendings(stack: Stack) -> int:
    return stack.sql(
        "SELECT count(*) FROM messaging_noticesending WHERE state IN ('due', 'claimed', 'sending')"
    )[0][0]


def told(stack: Stack) -> dict[str, int]:
    query = "SELECT kind, count(*) FROM messaging_notice JOIN auth_user u ON u.id = user_id"
    return dict(stack.sql(f"{query} WHERE username = 'admin' GROUP BY kind"))


def mailed(mails: MailServer) -> dict[str, int]:
    """Return how many sentences of each kind arrived."""
    lines = "\n".join(mails.to("admin@desk.example")).splitlines()
    found = Counter(kind for line in lines for kind, (_n, words) in EVENTS.items() if line.startswith(words))
    return dict(found)


def expected() -> dict[str, int]:
    return {kind: count for kind, (count, _words) in EVENTS.items()}


def kill_at(stack: Stack, failpoint: str) -> None:
    """Let the worker die at a failpoint, and the time pass in which it could still be at work; start another one."""
    stack.start("worker", FAILPOINT=f"{failpoint}:kill9")
    wait_until(lambda: f"failpoint {failpoint}" in stack.worker.log_text(), 40, "the failpoint is reached")
    stack.worker.kill()
    stack.sql("UPDATE messaging_noticesending SET claimed_at = claimed_at - interval '2 minutes'")
    stack.start("worker")


def settled(stack: Stack) -> None:
    wait_until(lambda: told(stack) == expected(), 60, f"all are told, but {told(stack)}")
    wait_until(lambda: open_sendings(stack) == 0, 40, "nothing is left to send")


def test_every_kind_is_told_once_although_the_worker_is_killed_after_its_claim(desk, mails):
    desk.start("beat")
    wait_until(lambda: "worker" in mailed(mails), 40, "beat tells of the worker that stopped")

    kill_at(desk, "notice_claimed")

    settled(desk)
    assert mailed(mails) == expected()
    assert len(mails.ids()) == len(set(mails.ids()))


@pytest.mark.long
def test_a_worker_killed_after_the_server_took_it_sends_no_second_one(desk, mails):
    desk.start("beat")
    wait_until(lambda: "worker" in mailed(mails), 40, "beat tells of the worker that stopped")

    kill_at(desk, "notice_handed_over")

    settled(desk)
    assert mailed(mails) == expected()
    assert desk.sql("SELECT DISTINCT state FROM messaging_noticesending WHERE state <> 'sent'") == [
        ("unknown",)
    ]


@pytest.mark.long
def test_a_worker_killed_while_it_hands_over_says_that_nobody_knows_and_a_deadline_comes_again(desk, mails):
    desk.start("beat")
    wait_until(lambda: "worker" in mailed(mails), 40, "beat tells of the worker that stopped")

    kill_at(desk, "notice_before_hand_over")

    settled(desk)
    found = mailed(mails)
    assert all(count <= expected()[kind] for kind, count in found.items())
    unknown = desk.sql("SELECT count(*) FROM messaging_noticesending WHERE state = 'unknown'")[0][0]
    assert sum(found.values()) + unknown == sum(expected().values())
    desk.sql("UPDATE messaging_notice SET repeat_at = now() WHERE repeat_at IS NOT NULL")
    wait_until(lambda: mailed(mails).get("last_day", 0) == found.get("last_day", 0) + 1, 40, "the repetition")


@pytest.mark.long
def test_a_worker_killed_again_and_again_tells_each_event_once(desk, mails):
    mails.slow = 0.1
    desk.start("beat")
    for _ in range(4):
        desk.start("worker")
        desk.worker.kill()
        desk.sql("UPDATE messaging_noticesending SET claimed_at = claimed_at - interval '2 minutes'")
    desk.start("worker")

    settled(desk)
    assert all(count <= expected()[kind] for kind, count in mailed(mails).items())
    assert len(mails.ids()) == len(set(mails.ids()))
