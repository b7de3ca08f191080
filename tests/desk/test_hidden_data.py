"""No page shows a person what they may not see: every address, as each role, with words found nowhere else."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from hosted.models import HostedOrder
from messaging.mirror.models import (
    OutboxEntry,
    WebhookEvent,
)
from messaging.mirror.records import sync
from messaging.models import (
    ComposedMessage,
    Message,
)
from rcs.models import (
    Deeplink,
    RcsMessage,
)
from tests.desk.conftest import State, entry_url, event_url, make_request
from tests.desk.full_desk import (
    CHECKED,
    CONTACT,
    INVITED,
    LINK_TEXT,
    LINKED,
    LOGGED,
    MESSAGE,
    OURS,
    OUT,
    RECEIVED,
    RICH,
    UNKNOWN,
    addresses,
    echo,
    fill,
    settle,
)
from tollfree.models import VerificationRequest

# Each walks for a minute or two on a slow machine: the two that may see least, then the others.
ROLES = [
    *("support", "auditor"),
    *(pytest.param(role, marks=pytest.mark.long) for role in ("compliance", "approver", "operator", "admin")),
]

NOBODY: set[str] = set()
WRITERS = {"compliance", "approver", "operator", "admin"}
ASKERS = {"operator", "admin"}
SEEN_BY: dict[str, set[str]] = {
    **dict.fromkeys((*MESSAGE, *LOGGED, *RECEIVED, *UNKNOWN, *RICH, OUT), NOBODY),
    **dict.fromkeys((CHECKED, INVITED, LINKED, LINK_TEXT), ASKERS),
    **dict.fromkeys(CONTACT.values(), WRITERS),
}


@pytest.fixture
def desk(person) -> None:
    fill(person("nobody"))


def plain(answer: Any) -> str:
    """Return the content of a page or a file, with its headers, in one line."""
    content = b"".join(answer) if answer.streaming else answer.content
    return f"{unescape(content.decode('utf-8', 'replace'))} {answer.headers}"


def shown(html: str) -> set[str]:
    """Return which of the words a page shows, however a number is written."""
    digits = re.sub(r"[\s().+-]|%2B|%20", "", html)
    return {word for word in SEEN_BY if word in html or (word[0] == "+" and word[2:] in digits)}


def walked(client: Client) -> dict[str, set[str]]:
    """Visit every address; return those that show any of the words, with the words."""
    found = {}
    for address in addresses():
        answer = client.get(address)
        assert answer.status_code < 500, f"{address}: {answer.status_code}"
        if words := shown(plain(answer)):
            found[address] = words
    return found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.promise("F63", "X86")
def test_no_page_shows_a_role_what_it_may_not_see(login, desk, role):
    found = walked(login(role))

    hidden = {word for word, roles in SEEN_BY.items() if role not in roles}
    assert {address: words & hidden for address, words in found.items() if words & hidden} == {}
    # The walk itself works: what the role may see was found somewhere.
    seen = set().union(*found.values())
    assert {word for word, roles in SEEN_BY.items() if role in roles} <= seen | {CONTACT["business_addr2"]}


def test_every_kind_of_record_is_walked(desk):
    """A kind of request without a row here would only be tested with an empty list."""
    kinds = {model for model in sync.resources() if model._base_manager.exists()}

    assert kinds == set(sync.resources())


@pytest.mark.parametrize("role", ["compliance", "admin"])
@pytest.mark.promise("F63")
def test_what_is_hidden_is_shown_after_a_reason_was_given(login, desk, role):
    client = login(role)
    number, text = MESSAGE
    entry = next(row for row in OutboxEntry.objects.filter(state=State.REFUSED) if text in row.body_text())
    event = WebhookEvent.objects.all()[0]

    for url in (entry_url(entry, "reveal"), event_url(event, "reveal")):
        client.post(url, {"reason": "Ticket 12"})

    assert {number, text} <= shown(plain(client.get(entry_url(entry))))
    assert set(RECEIVED) <= shown(plain(client.get(event_url(event))))
    # A list never shows more than the mask, and opening one record opens no other.
    other = OutboxEntry.objects.filter(state=State.QUEUED).exclude(pk=entry.pk)
    assert shown(plain(client.get("/admin/mirror/outboxentry/"))) == set()
    assert not any({number, text} & shown(plain(client.get(entry_url(row)))) for row in other)


def test_the_reason_of_a_decision_is_kept_without_the_number_in_it(login, desk):
    client = login("operator")
    entry = OutboxEntry.objects.filter(
        state=State.QUEUED, resource_id__in=ComposedMessage.objects.values("pk")
    ).get()

    client.post(entry_url(entry, "cancel"), {"text": f"{MESSAGE[0]} called."})

    entry.refresh_from_db()
    assert entry.reason == "***0142 called."
    newest = LogEntry.objects.order_by("-pk")[0]
    assert MESSAGE[0] not in newest.change_message


def test_telnyxs_words_are_hidden_once_the_body_they_may_repeat_is_gone(login, db):
    request = make_request()
    entry = OutboxEntry.objects.create(
        resource_type=ContentType.objects.get_for_model(request),
        resource_id=request.pk,
        operation="create",
        method="POST",
        path="/x",
        body=b"",
        not_before=timezone.now(),
    )
    settle(entry, echo(*MESSAGE))

    page = plain(login("auditor").get(entry_url(entry)))

    assert shown(page) == set()
    assert "40300" in page


@pytest.mark.parametrize(
    "said",
    [
        "İstanbul: {text}",
        "“{text}” is not allowed",
        "The word 'Quokka' is not allowed",
        'The words "the Lighthouse" are not allowed',
    ],
)
def test_telnyxs_words_show_nothing_of_a_hidden_body_in_whatever_way_they_repeat_it(login, desk, said):
    number, text = MESSAGE
    entry = next(row for row in OutboxEntry.objects.filter(state=State.REFUSED) if text in row.body_text())
    detail = said.format(text=text)
    OutboxEntry.objects.filter(pk=entry.pk).update(
        errors=[{"code": "40300", "title": "Blocked", "detail": f"{detail} in 'text'", "pointer": "/text"}]
    )

    page = plain(login("auditor").get(entry_url(entry)))

    assert "in 'text'" in page
    assert not {"quokka", "lighthouse"} & set(re.findall(r"\w+", page.lower()))


@pytest.mark.parametrize("is_erased", [False, True])
@pytest.mark.promise("F63")
def test_telnyxs_errors_show_nothing_of_the_text_of_a_logged_message(login, desk, is_erased):
    number, text = LOGGED
    said = [{"code": "40300", "title": f"Spam: {text}", "detail": f"“{text}” was refused", "pointer": ""}]
    rows = Message.objects.filter(their_address=number)
    rows.update(errors=said, happened_at=timezone.now() - timedelta(minutes=1))
    if is_erased:
        rows.update(text="", details={})
    client = login("auditor")

    for row in rows:
        page = plain(client.get(f"/admin/messaging/message/{row.pk}/change/"))
        assert "40300" in page
        assert text not in page
    assert text not in plain(client.get("/admin/messaging/message/?all=1"))


@pytest.mark.parametrize("kind", [ComposedMessage, RcsMessage])
def test_telnyxs_words_for_a_sent_message_are_hidden_once_its_text_is_erased(login, desk, kind):
    erased: dict[str, Any]
    if kind is ComposedMessage:
        text, erased = MESSAGE[1], {"text": ""}
    else:
        text, erased = RICH[1], {"content": {}, "sms_fallback": {}}
    kind.objects.update(**erased)
    client = login("compliance")

    for row in kind.objects.all():
        page = plain(client.get(f"/admin/{kind._meta.app_label}/{kind._meta.model_name}/{row.pk}/change/"))
        assert text not in page


def test_telnyxs_words_for_a_link_show_nothing_of_its_text(login, desk):
    Deeplink.objects.exclude(error="").update(body=LINK_TEXT, error=f"“{LINK_TEXT}” is too long")

    found = walked(login("support"))

    assert not [address for address, words in found.items() if LINK_TEXT in words]


@pytest.mark.parametrize(
    "typed",
    [
        "+1 (415) 555\u20110142",
        "415\u2013555\u20130142",
        "415/555/0142",
        "415 555 0142 - 415 555 0142",
        "4155550142 4155550142 4155550142",
        "\u202a+1\u00a0(415)\u00a0555\u20110142\u202c",
    ],
)
@pytest.mark.promise("F63")
def test_a_number_is_masked_in_whatever_shape_it_is_typed(login, desk, typed):
    entry = OutboxEntry.objects.filter(
        state=State.QUEUED, resource_id__in=ComposedMessage.objects.values("pk")
    ).get()

    login("operator").post(entry_url(entry, "cancel"), {"text": f"{typed} called on 11/02/2026."})

    entry.refresh_from_db()
    assert "called on 11/02/2026." in entry.reason
    kept = re.sub(r"\D", "", entry.reason.partition(" called")[0])
    assert kept == "0142"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("model", "seeing"),
    [
        (VerificationRequest, {"compliance", "approver", "operator", "admin"}),
        (HostedOrder, {"operator", "admin"}),
    ],
)
def test_numbers_and_addresses_in_notes_are_masked_for_those_who_see_them_masked(
    login, desk, role, model, seeing
):
    number, mail, record = "+1 212 555 0177", "kim@example.net", model.objects.all()[0]
    record.notes.create(
        author=User.objects.get(username="nobody"), text=f"Kim ({number}, {mail}) asks about {OURS}"
    )

    page = plain(login(role).get(f"/admin/{model._meta.label_lower.replace('.', '/')}/{record.pk}/change/"))

    assert (number in page, mail in page) == (role in seeing,) * 2
    assert "0177" in page
    assert "Kim" in page
