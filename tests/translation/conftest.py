"""A desk in a language nobody speaks, with a record of every kind, and all pages that links lead to."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from hosted.models import HostedNumber, HostedOrder
from hosted.orders import workflow
from messaging.log import parsing, store
from messaging.mirror.models import Attempt, Fact, OutboxEntry, Source
from messaging.mirror.records import sync
from messaging.models import AlphanumericSender, AutoResponse, MessagingProfile, SavedText
from messaging.telnyx.client import Client as Telnyx
from rcs.models import Capability, RcsAgent, RcsTemplate
from tests.desk.conftest import make_entry, make_event, make_request
from tests.hosted.conftest import add_numbers
from tests.messaging.bodies import error, inbound, outbound
from tests.messaging.sending.conftest import confirm, review
from tests.rcs.writing import CAROUSEL, NEW, fields_of
from tests.rcs.writing import typed as rcs_typed
from tests.sandbox.messages_control import HANDSET
from tests.sandbox.rcs_control import AGENT_ID
from tests.tollfree.conftest import COMPLETE, complete
from tests.translation import pseudo
from tollfree.checks.sections import COMPANY
from tollfree.models import BulkImport, BusinessProfile

# Pages that look the same but for their record: so many of each are opened.
OF_ONE_KIND = 3
MOST_PAGES = 400


@pytest.fixture(scope="session")
def pseudo_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locale")
    pseudo.write(folder)
    return folder


@pytest.fixture
def in_pseudo(settings, pseudo_folder) -> None:
    settings.LOCALE_PATHS = [pseudo_folder]


@pytest.fixture
def telnyx_client(sandbox, transactional_db, quick) -> Iterator[Telnyx]:
    with Telnyx(sandbox.api_key, sandbox.base_url, read=5.0, deadline=8.0) as client:
        yield client


@pytest.fixture
def admin(transactional_db) -> Client:
    browser = Client(raise_request_exception=True)
    browser.force_login(User.objects.create_superuser("admin"))
    return browser


@dataclass
class Filled:
    """The browser of somebody who may do everything, and pages that no link leads to."""

    browser: Client
    shown: dict[str, str] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    limit: int = OF_ONE_KIND


@pytest.fixture
def filled(in_pseudo, admin, telnyx_client, work) -> Filled:
    """Fill the desk with a record of every kind, in the states that look different."""
    for model in (MessagingProfile, RcsAgent, HostedNumber, AlphanumericSender):
        sync.pull(model, telnyx_client)
    profile = MessagingProfile.objects.order_by("pk")[0]
    desk = Filled(admin)
    fill_tollfree(desk)
    fill_hosted(desk, work, profile)
    fill_messages(desk, profile)
    fill_rcs(desk)
    AutoResponse.objects.create(
        op="stop", country_code="US", keywords=["STOP"], resp_text="Larkspur: bye", profile=profile
    )
    return desk


def fill_tollfree(desk: Filled) -> None:
    for state in OutboxEntry.State:
        entry = make_entry(state, of=make_request(), reason="Larkspur reason")
        entry.attempts.create(outcome=Attempt.Outcome.UNCLEAR, worker="w", error="Larkspur error")
    for status in (
        "Verified",
        "In Progress",
        "Waiting For Telnyx",
        "Waiting For Vendor",
        "Waiting For Customer",
        "Rejected",
    ):
        held = make_request()
        held.remote_id, held.remote_status = f"held-{status}", status
        held.sync_state = "accepted"
        held.save()
        told = [
            Fact(
                status, timezone.now(), "Larkspur has no opt-in; Larkspur ink" if status == "Rejected" else ""
            )
        ]
        held.apply({}, source=Source.SYNC, as_of=timezone.now(), facts=told)
    company = {name: value for name, value in COMPLETE.items() if name in COMPANY}
    profile = BusinessProfile.objects.create(name="Larkspur", **company | {"business_city": "Larkspur"})
    draft = complete(business_profile=profile)
    draft.save()
    rows = [[2, ["Larkspur", "800-555-0177"]], [3, ["Larkspur", "1"]]]
    table = {"heads": ["Legal business name", "Toll-free numbers"], "rows": rows}
    read = BulkImport.objects.create(table=table, sha256="0" * 64, uploaded_by=User.objects.get())
    desk.starts.append(f"/admin/tollfree/verificationrequest/bulk/{read.pk}/")
    desk.starts.append(f"/admin/tollfree/verificationrequest/{draft.pk}/submit/")
    make_event(note="Larkspur note")


def fill_hosted(desk: Filled, work, profile: MessagingProfile) -> None:
    pasted = {"text": "312-555-0031\n1.31256E+10\n+44 20 7946 0000", "_read": "1"}
    desk.shown["numbers that were read"] = desk.browser.post(
        "/admin/hosted/hostedorder/add/", pasted
    ).content.decode()
    draft = HostedOrder.objects.create(messaging_profile=profile)
    add_numbers(draft, ["+13125550031", "+13125550032"])
    blank = HostedOrder.objects.create()
    add_numbers(blank, ["+13125550033"], eligibility="NUMBER_CAN_NOT_BE_WIRELESS", eligible=False)
    order = HostedOrder.objects.create(messaging_profile=profile)
    add_numbers(order, ["+13125550041", "+13125550042"])
    work(workflow.submit(order, by=User.objects.get()))


def fill_messages(desk: Filled, profile: MessagingProfile) -> None:
    at = timezone.now() - timedelta(hours=3)
    for number, body in enumerate(
        [
            outbound(status="delivered"),
            outbound(status="delivery_failed", errors=[error()]),
            outbound(status="sent", type="MMS"),
            inbound(),
        ]
    ):
        store.merge(parsing.rows(body, at=at, event_id=f"event-{number}", source="webhook"))
    SavedText.objects.create(
        name="Larkspur pickup", text="Larkspur: {first name}, your {order number} is here."
    )
    for kind in ("message", "schedule", "group_mms", "whatsapp"):
        shown = review(desk.browser, kind, profile=profile)
        desk.shown[f"a {kind} before it is sent"] = shown.content.decode()
        confirm(desk.browser, shown)


def fill_rcs(desk: Filled) -> None:
    agent = RcsAgent.objects.get(remote_id=AGENT_ID)
    shown = desk.browser.post(NEW, rcs_typed(desk.browser, agent, CAROUSEL) | {"_review": "1"})
    desk.shown["an RCS message before it is sent"] = shown.content.decode()
    desk.browser.post(NEW, fields_of(shown) | {"_send": "1"})
    RcsTemplate.objects.create(name="Larkspur spring", content=CAROUSEL)
    Capability.objects.create(
        agent=agent, phone_number=HANDSET, has_rcs=True, features=["ACTION_DIAL"], as_of=timezone.now()
    )


@dataclass
class Crawl:
    """What the links of the desk lead to: the pages, by address, and how many there are of each kind."""

    pages: dict[str, str] = field(default_factory=dict)
    kinds: Counter = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


LINK = re.compile(r"""<a\b[^>]*?\bhref="([^"#]+)""", re.S)
FORMS = ("_add", "_edit", "_new", "_compose", "_letter", "_submit")
NOT_FOLLOWED = ("/logout/", "/file/", "/download/", "/export/csv/")


def crawl(desk: Filled) -> Crawl:
    """Open every page that links lead to, a few of each kind."""
    browser, found = desk.browser, Crawl(pages=dict(desk.shown))
    waiting = deque(["/admin/", *desk.starts])
    while waiting and len(found.pages) < MOST_PAGES:
        address = waiting.popleft()
        parts = urlsplit(address)
        if address in found.pages or not parts.path.startswith("/admin/"):
            continue
        if any(part in parts.path for part in NOT_FOLLOWED):
            continue
        match = resolve(parts.path)
        kind = f"{match.view_name}?" if parts.query else match.view_name
        if found.kinds[kind] >= desk.limit:
            continue
        found.kinds[kind] += 1
        answer: Any = browser.get(address, follow=True)
        if answer.status_code != 200:
            found.broken.append(f"{answer.status_code} {address}")
            continue
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        html = answer.content.decode()
        found.pages[address] = html
        if kind.endswith(FORMS):
            # Sent empty, a form says what is wrong with it.
            found.pages[f"{address} sent empty"] = browser.post(address, {}).content.decode()
        last = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        waiting.extend(urljoin(last, link.replace("&amp;", "&")) for link in LINK.findall(html))
    return found
