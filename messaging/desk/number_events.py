"""Which webhook events are about a phone number: each app says it by a hook in its desk/plugin.py.

Events have no column with numbers: their bodies are bytes that Telnyx signed. So they are found through what they did:
by the log of the messages they reported on, by the requests whose callback they reached, and by the audit of the
records they changed. An event that changed nothing here, or whose traces the retention has deleted, isn't found.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from messaging.mirror.models import AuditEntry, OutboxEntry, WebhookEvent
from messaging.mirror.permissions import may_view

from .finding import Hit

# So many of the newest traces of each sort are followed.
MOST = 200
CAUSE = re.compile(r"event (\d{1,18})")


@dataclass(frozen=True)
class Traces:
    """What leads to events: their own IDs, and records of one kind whose requests they may have answered."""

    event_ids: Collection[str] = ()
    model: type[Model] | None = None
    records: Collection[UUID] = ()


Contribution = Callable[[User | AnonymousUser, str], Iterable[Traces]]

_contributions: list[Contribution] = []

Lead = Callable[[User | AnonymousUser, WebhookEvent], Iterable[Hit]]

_leads: list[Lead] = []


def contribute(function: Contribution) -> Contribution:
    """Let `function` say what leads to the events about a number: by indexed queries, only what the user may see."""
    _contributions.append(function)
    return function


def lead(function: Lead) -> Lead:
    """Let `function` say which records an event reported on: by indexed queries, only what the user may see."""
    _leads.append(function)
    return function


def leads(user: User | AnonymousUser, event: WebhookEvent) -> list[Hit]:
    """Return the pages of what an event reported on, as far as this person may see them."""
    return [hit for function in _leads for hit in function(user, event)]


def about(user: User | AnonymousUser, number: str) -> Q:
    """Return the filter for the events about a number, as far as this person may see what leads to them."""
    traces = [each for function in _contributions for each in function(user, number)]
    found = Q(dedupe_key__in=[id for each in traces for id in each.event_ids])
    if tokens := _tokens(traces):
        found |= Q(callback_token__in=tokens) & ~Q(callback_token="")
    if causes := _causes(user, number):
        found |= Q(pk__in=causes)
    return found


def _tokens(traces: Iterable[Traces]) -> list[str]:
    wanted = Q()
    for each in traces:
        if each.model and each.records:
            kind = ContentType.objects.get_for_model(each.model)
            wanted |= Q(resource_type=kind, resource_id__in=list(each.records))
    if not wanted:
        return []
    entries = OutboxEntry.objects.filter(wanted).order_by("-created_at")
    return list(entries.values_list("callback_token", flat=True)[:MOST])


def _causes(user: Any, number: str) -> set[int]:
    rows = AuditEntry.objects.filter(numbers__contains=[number], cause__startswith="event ").order_by("-id")
    found = set()
    for label, cause in rows.values_list("label", "cause")[:MOST]:
        named = CAUSE.fullmatch(cause)
        if named and may_view(user, label):
            found.add(int(named[1]))
    return found
