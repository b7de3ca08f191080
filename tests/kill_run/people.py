"""People who submit through the pages and, when a page does not come, do what people do: try again.

Each works through a share of the submissions in a thread of its own, with a session and CSRF tokens, like a browser.
"""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from random import Random
from uuid import uuid4

import httpx

from tests.sandbox.control import sample_request
from tests.sandbox.messages_control import SENDER
from tests.visitor import Forms, Visitor
from tollfree.models import VerificationRequest

REQUESTS = "/admin/tollfree/verificationrequest/"
ORDERS = "/admin/hosted/hostedorder/"
MESSAGES = "/admin/messaging/composedmessage/"
RCS = "/admin/rcs/rcsmessage/"

# How many draft orders have their numbers checked while the person goes on.
AT_ONCE = 4
# A person waiting for the check of the numbers asks again after this long, and complains after this many times.
CHECK_SECONDS, MOST_CHECKS = 30, 4
OBJECTION = re.compile(r'(?s)class="[^"]*errornote[^"]*"[^>]*>(.*?)</div>')


class GaveUp(Exception):
    """The time of the run is up."""


@dataclass
class Submission:
    """One thing that a person wants to reach Telnyx once. `key` can be found in whatever Telnyx holds of it."""

    kind: str
    key: str
    number: str
    pk: str = ""
    pressed: bool = False
    cuts: int = 0  # presses without a clear answer
    answer: str = ""  # "submitted", or the page's objection
    seconds: float = 0.0


def toll_free(n: int) -> Submission:
    number = f"+1800555{1000 + n}"
    return Submission("toll-free", number, number)


def hosted(n: int) -> Submission:
    # Numbers that end in 70 or more trigger something in the sandbox.
    number = f"+1312555{1000 + n // 70 * 100 + n % 70}"
    return Submission("hosted", number, number)


def message(n: int) -> Submission:
    return Submission("message", f"Order M{n:05}.", f"+1303555{100 + n % 80:04}")


def rcs(n: int) -> Submission:
    # Phones whose numbers end in an odd digit may have no RCS.
    return Submission("rcs", f"Order R{n:05}.", f"+1303555{100 + n % 40 * 2:04}")


KINDS: dict[str, Callable[[int], Submission]] = {
    "toll-free": toll_free,
    "hosted": hosted,
    "message": message,
    "rcs": rcs,
}
SHARES = {"toll-free": 3, "hosted": 3, "message": 3, "rcs": 1}


def submissions(total: int) -> dict[str, list[Submission]]:
    """Return this many submissions by kind, most of them of the three kinds that matter most."""
    order = [kind for kind, share in SHARES.items() for _ in range(share)]
    counts = Counter(order[n % len(order)] for n in range(0, total * 3, 3))
    return {kind: [KINDS[kind](n) for n in range(counts[kind])] for kind in KINDS}


@dataclass
class Office:
    """What all people share: where the desk is, what they choose from, and how long they keep trying."""

    url: str
    profile: str
    agent: str
    ends_at: float
    seed: int
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Person(threading.Thread):
    """A person who submits everything of one kind, one after the other."""

    def __init__(self, office: Office, username: str, kind: str, work: list[Submission]) -> None:
        super().__init__(name=f"{username} ({kind})", daemon=True)
        self.office = office
        self.work = work
        self.way = WAYS[kind]
        self.random = Random(f"{office.seed} {kind}")
        self.visitor = Visitor(office.url).login(username)

    def run(self) -> None:
        try:
            for first in range(0, len(self.work), AT_ONCE):
                self.way(self, self.work[first : first + AT_ONCE])
        except GaveUp:
            left = sum(not submission.answer for submission in self.work)
            self.office.failures.append(
                f"{self.name}: {left} submissions got no answer before the time was up"
            )
        except Exception as error:  # the run must report it: a person who is gone submits nothing
            self.office.failures.append(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.visitor.close()

    def get(self, path: str) -> httpx.Response:
        return self.try_until_clear(lambda: self.visitor.get(path))

    def post(self, path: str, data: dict, submission: Submission | None = None) -> httpx.Response:
        """Post a form, and post it again until a clear answer comes."""
        return self.try_until_clear(lambda: self.visitor.post(path, data=data), submission)

    def try_until_clear(
        self, ask: Callable[[], httpx.Response], submission: Submission | None = None
    ) -> httpx.Response:
        while time.monotonic() < self.office.ends_at:
            try:
                answer = ask()
            except httpx.TransportError:
                self.office.statuses[0] += 1
            else:
                self.office.statuses[answer.status_code] += 1
                if answer.status_code < 500:
                    return answer
            if submission:
                submission.cuts += 1
            time.sleep(self.random.uniform(0.2, 1))
        raise GaveUp

    def press(self, submission: Submission, path: str, data: dict) -> None:
        """Press the button that submits; note the page's answer."""
        started = time.monotonic()
        submission.pressed = True
        answer = self.post(path, data, submission)
        is_taken = answer.status_code == 302
        if is_taken:
            submission.pk = pk_of(answer)
            answer = self.get(answer.headers["Location"])
        objections = OBJECTION.findall(answer.text)
        words = [" ".join(unescape(re.sub("<[^>]*>", " ", one)).split()) for one in objections]
        submission.answer = "; ".join(words) or ("submitted" if is_taken else "the form came back")
        submission.seconds = round(time.monotonic() - started, 2)


def pk_of(answer: httpx.Response) -> str:
    """Return the id of the record that a saved form leads to."""
    assert answer.status_code == 302, f"{answer.url}: {answer.status_code} {OBJECTION.findall(answer.text)}"
    return answer.headers["Location"].split("/")[-3]


def fields(answer: httpx.Response) -> dict:
    assert answer.status_code == 200, f"{answer.url}: {answer.status_code}"
    return Forms(answer.text).fields


def submit_requests(person: Person, batch: list[Submission]) -> None:
    """Write a toll-free verification, read what will be sent, and submit it."""
    for submission in batch:
        body = sample_request(
            phoneNumbers=[{"phoneNumber": submission.number}],
            businessName=f"Larkspur {submission.number[-4:]} LLC",
        )
        loaded = VerificationRequest.wire.load(body)
        typed = {
            name: "\n".join(value) if isinstance(value, list) else value for name, value in loaded.items()
        }
        form = fields(person.get(f"{REQUESTS}add/"))
        page = f"{REQUESTS}{pk_of(person.post(f'{REQUESTS}add/', form | typed | {'_save': '1'}))}/submit/"
        person.press(submission, page, fields(person.get(page)))


def submit_orders(person: Person, batch: list[Submission]) -> None:
    """Paste numbers, choose a profile, have the numbers checked, and create the orders once they are eligible."""
    pages = {}
    for submission in batch:
        form = fields(person.get(f"{ORDERS}add/")) | {"text": submission.number}
        read = fields(person.post(f"{ORDERS}add/", form | {"_read": "1"}))
        saved = person.post(f"{ORDERS}add/", form | {"read": read["read"], "_save": "1"})
        pages[submission.key] = page = f"{ORDERS}{pk_of(saved)}/"
        person.post(f"{page}save-draft/", {"messaging_profile": person.office.profile, "note": ""})
        person.post(f"{page}check/", {"form_token": uuid4().hex})
    for submission in batch:
        page = pages[submission.key]
        person.press(submission, f"{page}submit/", fields(checked(person, page)))


def checked(person: Person, page: str) -> httpx.Response:
    """Wait until the numbers of an order are checked, and return the page that creates it."""
    for seconds in range(1, CHECK_SECONDS * MOST_CHECKS):
        shown = person.get(f"{page}submit/")
        if shown.status_code == 200:
            return shown
        time.sleep(1)
        if seconds % CHECK_SECONDS == 0:
            person.post(f"{page}check/", {"form_token": uuid4().hex})
    raise TimeoutError(f"numbers were not checked after {MOST_CHECKS} requests and {seconds} s")


def send_messages(person: Person, batch: list[Submission]) -> None:
    """Write a text message, read what will be sent, and send it."""
    for submission in batch:
        typed = {
            "purpose": "manual",
            "messaging_profile": person.office.profile,
            "sender": SENDER,
            "recipients": submission.number,
            "text": f"{submission.key} It ships today.",
        }
        write_and_send(person, submission, f"{MESSAGES}new/message/", typed)


def send_rcs(person: Person, batch: list[Submission]) -> None:
    """Write an RCS message, read what will be sent, and send it."""
    for submission in batch:
        typed = {
            "agent": person.office.agent,
            "to": submission.number,
            "purpose": "manual",
            "content": json.dumps({"text": f"{submission.key} It ships today."}),
        }
        write_and_send(person, submission, f"{RCS}new/", typed)


def write_and_send(person: Person, submission: Submission, page: str, typed: dict) -> None:
    form = fields(person.get(page)) | typed
    shown = person.post(page, form | {"_review": "1"})
    person.press(submission, page, fields(shown) | {"_send": "1"})


WAYS: dict[str, Callable[[Person, list[Submission]], None]] = {
    "toll-free": submit_requests,
    "hosted": submit_orders,
    "message": send_messages,
    "rcs": send_rcs,
}
WHO = {"toll-free": "compliance", "hosted": "operator", "message": "operator", "rcs": "operator"}
