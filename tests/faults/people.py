"""People who submit through the pages and, when a page does not come, do what people do: try again.

Each works in a thread of its own, with a session and CSRF tokens, like a browser. What they submit, and in which order,
follows from the seed; how far they get depends on the machine.
"""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import count
from random import Random
from uuid import uuid4

import httpx
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from messaging.mirror.models import OutboxEntry
from tests.faults.submissions import KINDS, Submission
from tests.hosted.documents import pdfs
from tests.sandbox.control import Sandbox, sample_request
from tests.sandbox.messages_control import SENDER
from tests.visitor import Forms, Visitor
from tollfree.models import VerificationRequest

REQUESTS = "/admin/tollfree/verificationrequest/"
ORDERS = "/admin/hosted/hostedorder/"
MESSAGES = "/admin/messaging/composedmessage/"
PROFILES = "/admin/messaging/messagingprofile/"
AUTO_RESPONSES = "/admin/messaging/autoresponse/"
RCS = "/admin/rcs/rcsmessage/"

# A person waiting for the check of the numbers asks again after this long.
CHECK_SECONDS = 30
OBJECTION = re.compile(r'(?s)class="[^"]*errornote[^"]*"[^>]*>(.*?)</div>')
TICKS = re.compile(r'(?s)/tick/"[^>]*>.*?name="document" value="([^"]+)">(.*?)</form>')
TICK = re.compile(r'name="ticked" value="([^"]+)"')

LETTER, BILL = pdfs.plain(2, "Holder of the line"), pdfs.plain(1, "Amount due")


class GaveUp(Exception):
    """Nobody waits any longer."""


@dataclass
class Office:
    """What all people share: where the desk is, what they choose from, and until when they go on."""

    url: str
    sandbox: Sandbox
    profile: str
    agent: str
    orders: Mapping[str, tuple[str, str]]  # by number: the id here and at Telnyx
    seed: int
    most: int  # submissions of each person
    over: threading.Event = field(default_factory=threading.Event)  # nobody starts anything more
    closed: threading.Event = field(default_factory=threading.Event)  # nobody waits any longer
    submissions: list[Submission] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Person(threading.Thread):
    """A person who submits things of some kinds, one after the other, until the office closes."""

    def __init__(self, office: Office, username: str, shares: Mapping[str, int]) -> None:
        super().__init__(name=f"{username} ({', '.join(shares)})", daemon=True)
        self.office, self.shares = office, shares
        self.random = Random(f"{office.seed} {self.name}")
        self.visitor = Visitor(office.url).login(username)

    def run(self) -> None:
        numbers = {kind: count() for kind in self.shares}
        try:
            for _ in range(self.office.most):
                if self.office.over.is_set():
                    break
                kind = self.random.choices([*self.shares], [*self.shares.values()])[0]
                n = next(numbers[kind])
                if kind == "code" and n == len(self.office.orders):
                    break
                WAYS[kind](self, n)
        except GaveUp:
            unclear = [one for one in self.office.submissions if one.kind in self.shares and not one.answer]
            self.office.failures.append(f"{self.name}: no clear answer, up to the end: {unclear}")
        except Exception as error:  # the run must report it: a person who is gone submits nothing
            self.office.failures.append(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.visitor.close()
            connection.close()

    def begins(self, kind: str, n: int) -> Submission:
        submission = KINDS[kind].make(n)
        self.office.submissions.append(submission)
        return submission

    def get(self, path: str) -> httpx.Response:
        return self.try_until_clear(lambda: self.visitor.get(path))

    def post(
        self,
        path: str,
        data: dict,
        submission: Submission | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> httpx.Response:
        """Post a form, and post it again until a clear answer comes."""
        return self.try_until_clear(lambda: self.visitor.post(path, data=data, files=files), submission)

    def try_until_clear(
        self, ask: Callable[[], httpx.Response], submission: Submission | None = None
    ) -> httpx.Response:
        while not self.office.closed.is_set():
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

    def wait_for_end(self, submission: Submission) -> None:
        """Wait until the request of a submission is no longer under way, however long that takes."""
        while not self.office.closed.is_set():
            try:
                found = OutboxEntry.objects.filter(
                    resource_id=submission.pk, operation=KINDS[submission.kind].operation
                ).first()
            except (OperationalError, InterfaceError):
                connection.close()
            else:
                if found is None or found.state in (*OutboxEntry.ENDED, OutboxEntry.State.NEEDS_PERSON):
                    return
            time.sleep(0.5)
        raise GaveUp


def pk_of(answer: httpx.Response) -> str:
    """Return the id of the record that a saved form leads to."""
    assert answer.status_code == 302, f"{answer.url}: {answer.status_code} {OBJECTION.findall(answer.text)}"
    return answer.headers["Location"].split("/")[-3]


def fields(answer: httpx.Response) -> dict:
    assert answer.status_code == 200, f"{answer.url}: {answer.status_code}"
    return Forms(answer.text).fields


def submit_request(person: Person, n: int) -> None:
    """Write a toll-free verification, read what will be sent, and submit it."""
    submission = person.begins("toll-free", n)
    body = sample_request(
        phoneNumbers=[{"phoneNumber": submission.number}],
        businessName=f"Larkspur {submission.number[-4:]} LLC",
    )
    loaded = VerificationRequest.wire.load(body)
    typed = {name: "\n".join(value) if isinstance(value, list) else value for name, value in loaded.items()}
    form = fields(person.get(f"{REQUESTS}add/"))
    page = f"{REQUESTS}{pk_of(person.post(f'{REQUESTS}add/', form | typed | {'_save': '1'}))}/submit/"
    # Requests this much alike raise warnings, and those want a reason.
    person.press(
        submission, page, fields(person.get(page)) | {"reason": "Each office has a number of its own."}
    )


def submit_order(person: Person, n: int) -> None:
    """Paste a number, choose a profile, have the number checked, and create the order once it is eligible."""
    submission = person.begins("hosted", n)
    form = fields(person.get(f"{ORDERS}add/")) | {"text": submission.number}
    read = fields(person.post(f"{ORDERS}add/", form | {"_read": "1"}))
    saved = person.post(f"{ORDERS}add/", form | {"read": read["read"], "_save": "1"})
    page = f"{ORDERS}{pk_of(saved)}/"
    person.post(f"{page}save-draft/", {"messaging_profile": person.office.profile, "note": ""})
    person.post(f"{page}check/", {"form_token": uuid4().hex})
    person.press(submission, f"{page}submit/", fields(checked(person, page)))


def checked(person: Person, page: str) -> httpx.Response:
    """Wait until the numbers of an order are checked, and return the page that creates it."""
    for seconds in count(1):
        shown = person.get(f"{page}submit/")
        if shown.status_code == 200:
            return shown
        time.sleep(1)
        if seconds % CHECK_SECONDS == 0:
            person.post(f"{page}check/", {"form_token": uuid4().hex})
    raise AssertionError


def send_message(person: Person, n: int) -> None:
    """Write a text message, read what will be sent, and send it."""
    submission = person.begins("message", n)
    typed = {
        "purpose": "manual",
        "messaging_profile": person.office.profile,
        "sender": SENDER,
        "recipients": submission.number,
        "text": f"{submission.key} It ships today.",
    }
    write_and_send(person, submission, f"{MESSAGES}new/message/", typed, "_review")


def send_rcs(person: Person, n: int) -> None:
    """Write an RCS message, read what will be sent, and send it."""
    submission = person.begins("rcs", n)
    typed = {
        "agent": person.office.agent,
        "to": submission.number,
        "purpose": "manual",
        "content": json.dumps({"text": f"{submission.key} It ships today."}),
    }
    write_and_send(person, submission, f"{RCS}new/", typed, "_review")


def make_auto_response(person: Person, n: int) -> None:
    """Write an auto-response, compare it with what Telnyx holds, and send it."""
    submission = person.begins("auto-response", n)
    typed = {
        "profile": person.office.profile,
        "op": "info",
        "country_code": "us",
        "keywords": submission.key,
        "resp_text": "Larkspur Dental: call us at the number on your card, any day from 9 to 5.",
    }
    write_and_send(person, submission, f"{AUTO_RESPONSES}add/", typed, "_check")


def write_and_send(person: Person, submission: Submission, page: str, typed: dict, look: str) -> None:
    form = fields(person.get(page)) | typed
    shown = person.post(page, form | {look: "1"})
    person.press(submission, page, fields(shown) | {"_send": "1"})


def make_profile(person: Person, n: int) -> None:
    submission = person.begins("profile", n)
    typed = {
        "name": submission.key,
        "enabled": "on",
        "destinations": "chosen",
        "countries": ["US", "CA"],
        "webhook_api_version": "2",
    }
    person.press(submission, f"{PROFILES}add/", fields(person.get(f"{PROFILES}add/")) | typed)


def prove_and_hand_in(person: Person, n: int) -> None:
    """Prove the number of an order with a code, and hand in its letter and its bill."""
    code = person.begins("code", n)
    here, there = person.office.orders[code.number]
    page = f"{ORDERS}{here}/"
    person.press(
        code, f"{page}send-codes/", {"number": [code.number], "method": "sms", "form_token": uuid4().hex}
    )
    person.wait_for_end(code)
    # If nobody knows whether a code was sent, the person looks whether one arrived.
    if arrived := person.office.sandbox.codes(there).get(code.number):
        check = person.begins("code check", n)
        person.press(check, f"{page}check-codes/", {f"code{code.number}": arrived, "form_token": uuid4().hex})
    papers = {"loa-file": ("letter.pdf", LETTER), "bill-file": ("bill.pdf", BILL)}
    days = dict.fromkeys(("loa-day", "bill-day"), str(timezone.localdate()))
    person.post(f"{page}upload/", days | {"form_token": uuid4().hex}, files=papers)
    for document, boxes in TICKS.findall(person.get(f"{page}change/").text):
        ticked = {"document": document, "ticked": TICK.findall(boxes), "form_token": uuid4().hex}
        person.post(f"{page}tick/", ticked)
    person.press(person.begins("documents", n), f"{page}send-documents/", {"form_token": uuid4().hex})


WAYS: dict[str, Callable[[Person, int], None]] = {
    "toll-free": submit_request,
    "hosted": submit_order,
    "message": send_message,
    "rcs": send_rcs,
    "auto-response": make_auto_response,
    "profile": make_profile,
    "code": prove_and_hand_in,
}
# Who works at the desk, and on what: of the kinds of a person, how often each.
STAFF: tuple[tuple[str, dict[str, int]], ...] = (
    ("compliance", {"toll-free": 3, "auto-response": 1}),
    ("operator", {"hosted": 1}),
    ("operator", {"message": 3, "rcs": 1, "profile": 1}),
    ("operator", {"code": 1}),
)
