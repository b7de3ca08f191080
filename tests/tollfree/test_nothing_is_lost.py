"""Any order and repetition of events, polls, edits, submissions and decisions: no edit is lost, no status goes back.

A random walk through the front door. It remembers what may be replaced at Telnyx: what was sent from here, and what a
person decided about. Everything else there is somebody's edit, which no request of ours may change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.mirror.inbound import drain
from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox, relay
from messaging.mirror.outbound.sweep import sweep
from messaging.mirror.records import sync
from messaging.telnyx.client import Client
from tests.sandbox.control import Sandbox
from tests.signing import STATUS_UPDATE, deliver, event
from tests.tollfree.conftest import complete
from tests.tollfree.pages import LIST, change, fields
from tollfree.models import VerificationRequest

State = OutboxEntry.State
NAMES = {"business_city": "businessCity", "corporate_website": "corporateWebsite"}
VALUES = ("https://a.example", "https://b.example", "https://c.example")


@dataclass
class Walk:
    """One request, the people on both sides of it, and what each step must leave alone."""

    request: VerificationRequest
    browser: Browser
    sandbox: Sandbox
    client: Client
    ours: dict[str, str] = field(default_factory=dict)
    # What may be replaced at Telnyx, by field.
    settled: dict[str, set[str]] = field(default_factory=dict)
    portal_edits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    decisions: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ours = {name: getattr(self.request, name) for name in NAMES}
        self.settled = {name: {value} for name, value in self.ours.items()}

    # What people and machines do.

    def portal(self, name: str, value: str) -> None:
        if self.there()[name] != value:
            self.portal_edits[name] += 1
        self.sandbox.edit(self.request.remote_id, **{NAMES[name]: value})

    def status(self, word: str) -> None:
        self.sandbox.set_status(self.request.remote_id, word, f"Because of {word}.", webhook=False)

    def poll(self) -> None:
        sync.refresh(self.request, self.client)

    def pull(self) -> None:
        sync.pull(VerificationRequest, self.client)

    def hint(self) -> None:
        body = event(STATUS_UPDATE, id=self.request.remote_id, status="rejected")
        for _ in range(2):
            assert deliver(body) == 200
        drain.drain()
        sync.poll_due(self.client)

    def edit(self, name: str, value: str) -> None:
        answer = self.browser.get(change(self.request))
        if 'name="_save"' not in answer.content.decode():
            return
        self.browser.post(
            change(self.request), fields(self.browser, change(self.request)) | {name: value, "_save": "1"}
        )
        self.ours[name] = value

    def submit(self) -> None:
        """Open the last page and confirm it, if it lets us."""
        url = f"{LIST}{self.request.pk}/submit/"
        answer = self.browser.get(url)
        if answer.status_code != 200 or 'name="confirm"' not in answer.content.decode():
            return
        self.browser.post(url, fields(self.browser, url) | {"confirm": "1"})

    def work(self) -> None:
        sweep(self.client, seconds=0.05)
        drain.drain()

    def lose(self) -> None:
        self.sandbox.fault("store_then_lose", method="PATCH")

    def look(self) -> None:
        """Open the page with the differences, to decide on it later."""
        answer = self.browser.get(f"{LIST}{self.request.pk}/differences/")
        if answer.status_code == 200:
            self.decisions = {
                "form": fields(self.browser, f"{LIST}{self.request.pk}/differences/"),
                "there": VerificationRequest.objects.get(pk=self.request.pk).held(),
            }

    def decide(self, name: str, choice: str) -> None:
        if not self.decisions:
            return
        before = self.here()
        self.browser.post(
            f"{LIST}{self.request.pk}/differences/", self.decisions["form"] | {f"decide_{name}": choice}
        )
        seen = self.decisions["there"][name]
        row = VerificationRequest.objects.get(pk=self.request.pk)
        if choice == "theirs" and getattr(row, name) != before[name]:
            assert getattr(row, name) == seen, "what was taken is what the person saw"
            self.ours[name] = seen
        if name not in row.undecided():
            self.settled[name].add(seen)

    # What must hold after each of them.

    def here(self) -> dict[str, str]:
        row = VerificationRequest.objects.get(pk=self.request.pk)
        return {name: getattr(row, name) for name in NAMES}

    def there(self) -> dict[str, str]:
        held = self.sandbox.record(self.request.remote_id)["fields"]
        return {name: held[json] for name, json in NAMES.items()}

    def step(self, act: Callable[..., None], *values: str) -> None:
        before, patched = self.there(), len(self.sandbox.requests("PATCH"))
        row = VerificationRequest.objects.get(pk=self.request.pk)
        known = (row.remote_status_at, row.history().count())

        act(self, *values)

        row.refresh_from_db()
        assert row.remote_status_at >= known[0], "a status goes back"
        assert row.history().count() >= known[1]
        assert self.here() == self.ours, "our edit is lost"
        sent = self.sandbox.requests("PATCH")
        if len(sent) == patched:
            return
        for name, value in self.there().items():
            if value != before[name]:
                assert before[name] in self.settled[name], "an edit in the portal is lost"
            self.settled[name].add(value)


NAME, VALUE = st.sampled_from(sorted(NAMES)), st.sampled_from(VALUES)
SENDING = (Walk.submit, Walk.work)
READING = (Walk.poll, Walk.pull, Walk.hint, Walk.look, Walk.lose)
STEPS = st.lists(
    st.one_of(
        *(st.tuples(st.sampled_from(acts)) for acts in (SENDING, SENDING, READING)),
        st.tuples(st.sampled_from([Walk.portal, Walk.edit]), NAME, VALUE),
        st.tuples(st.just(Walk.decide), NAME, st.sampled_from(["theirs", "ours"])),
        st.tuples(st.just(Walk.status), st.sampled_from(["Rejected", "Waiting For Customer"])),
    ),
    min_size=10,
    max_size=30,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=STEPS)
def test_no_order_of_anything_loses_an_edit_or_moves_a_status_back(login, sandbox, client, steps):
    sandbox.reset()
    VerificationRequest.objects.all().delete()
    request = complete()
    request.save()
    entry = outbox.add(request, "create", requested_by=None)
    relay.relay(entry.pk, client)
    request.refresh_from_db()
    sandbox.set_status(request.remote_id, "Rejected", "No brand.", webhook=False)
    sync.refresh(request, client)
    walk = Walk(request, login_once(login), sandbox, client)

    for act, *values in steps:
        walk.step(act, *values)
    settle(walk)

    there = walk.there()
    row = VerificationRequest.objects.get(pk=request.pk)
    assert (row.remote_status, row.remote_reason) == tuple(
        sandbox.record(request.remote_id)[name] or "" for name in ("status", "reason")
    )
    assert {name: row.held()[name] for name in NAMES} == there
    apart = [name for name in NAMES if there[name] != walk.ours[name]]
    assert set(row.undecided()) <= set(apart)
    for name in apart:
        assert name in row.undecided() or there[name] in walk.settled[name], "a difference nobody hears of"
    for name, edits in walk.portal_edits.items():
        told = sum(name in changed.changes for changed in row.portal_changes())
        assert told <= edits, "a change is told twice"


def settle(walk: Walk) -> None:
    """Let everything that is still on its way end."""
    walk.sandbox.clear_faults()
    for _ in range(200):
        walk.step(Walk.work)
        open_entries = OutboxEntry.objects.exclude(state__in=OutboxEntry.ENDED)
        if not open_entries.exists():
            break
        outbox.retry_now(open_entries[0])
    assert not OutboxEntry.objects.exclude(state__in=OutboxEntry.ENDED).exists()
    walk.step(Walk.poll)


BROWSERS: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def no_browser_of_before():
    BROWSERS.clear()


def login_once(login: Callable[..., Browser]) -> Browser:
    if "compliance" not in BROWSERS:
        BROWSERS["compliance"] = login("compliance")
    return BROWSERS["compliance"]
