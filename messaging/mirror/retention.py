"""Delete what has been kept long enough, a little at a time and while everything else goes on.

An app says what it keeps and for how long with `retention.rule`. Each run leaves a report. Safe to stop at any moment
and to run again: a step is one short transaction, and what is done twice is the same as done once.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from . import clock, fence
from .models import Purge, WebhookEvent
from .show import Words

logger = logging.getLogger(__name__)

STEP = 2000
Act = Callable[[Sequence[Any]], object]


@dataclass(frozen=True)
class Rule:
    """One promise about how long rows of a table are kept as they are, in days from `at`; 0 days keep them for ever.

    Rows are walked in the order of their ids, which is about the order of their times; `act` gets ids. Where ids and
    times have nothing to do with each other, `is_listed` takes the oldest ones each time instead, and `act` must
    take them away.
    """

    name: str
    label: Words
    days: Callable[[], int]
    model: type[models.Model]
    at: str
    act: Act
    is_listed: bool = False


_rules: dict[str, Rule] = {}


def rule(
    name: str,
    label: Words,
    days: Callable[[], int],
    model: type[models.Model],
    at: str,
    *,
    is_listed: bool = False,
) -> Callable[[Act], Act]:
    """Register what is done with rows whose time is over."""

    def register(act: Act) -> Act:
        _rules[name] = Rule(name, label, days, model, at, act, is_listed)
        return act

    return register


def rules() -> list[Rule]:
    return list(_rules.values())


def days(name: str) -> int:
    """Return for how many days something is kept, 0 for ever: what pages say and what is done is one number."""
    return _rules[name].days()


def run(*, seconds: float = 20.0, step: int = STEP) -> dict[str, int]:
    """Work for about `seconds`; return the number of rows by rule. One process does so at a time."""
    end = time.monotonic() + seconds
    done: dict[str, int] = {}
    with fence.alone(fence.PURGING) as mine:
        if not mine:
            return done
        for each in rules():
            if each.days():
                done[each.name] = _apply(each, end, step)
    return done


def _apply(each: Rule, end: float, step: int) -> int:
    before = clock.now() - timedelta(days=each.days())
    last = Purge.objects.filter(rule=each.name).order_by("-id").first()
    through, total = last.through if last else 0, 0
    report: Purge | None = None
    while time.monotonic() < end and (ids := _old(each, before, through, step)):
        with transaction.atomic():
            report = report or Purge.objects.create(rule=each.name, days=each.days(), before=before)
            each.act(ids)
            through = 0 if each.is_listed else ids[-1]
            Purge.objects.filter(pk=report.pk).update(
                rows=F("rows") + len(ids), through=through, finished_at=clock.now()
            )
        total += len(ids)
    return total


def _old(each: Rule, before: datetime, through: int, step: int) -> list[Any]:
    """Return the next ids, up to the first row that is younger: nothing behind it can be passed over for good."""
    if each.is_listed:
        old = each.model._base_manager.filter(**{f"{each.at}__lt": before})
        return list(old.order_by(each.at).values_list("pk", flat=True)[:step])
    rows = each.model._base_manager.filter(pk__gt=through).order_by("pk").values_list("pk", each.at)[:step]
    return [pk for pk, at in takewhile(lambda row: row[1] < before, rows)]


@rule(
    "webhook_bodies",
    _("What webhooks said"),
    lambda: settings.RETENTION_WEBHOOK_BODY_DAYS,
    WebhookEvent,
    "received_at",
)
def forget_bodies(ids: Sequence[int]) -> None:
    """Empty the bodies of old events; id, hash and times stay, so that a repetition is still known as one."""
    WebhookEvent.objects.filter(pk__in=ids).update(body=b"")


@rule(
    "webhook_events",
    _("Webhook events"),
    lambda: settings.RETENTION_WEBHOOK_DAYS,
    WebhookEvent,
    "received_at",
)
def forget_events(ids: Sequence[int]) -> None:
    WebhookEvent.objects.filter(pk__in=ids).delete()
