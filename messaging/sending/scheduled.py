"""What will go out and when, by day, and canceling several at once: each by itself, through the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import NotAllowed, check, form_token, frame, reason_of, user_of, uuid_or_none
from messaging.log import parsing
from messaging.log.choices import Status
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import ComposedMessage, Message

from . import page, promise
from .choices import LAST_CANCEL, LATEST, OUR_GROUPS
from .forms import purposes

FOLDER = "admin/messaging/composedmessage/"
# So many are shown, the next first, and so many canceled at once.
MOST_SHOWN, MOST_AT_ONCE = 300, 100
STATES: dict[str, Words] = {
    SyncState.QUEUED: gettext_lazy("Not at Telnyx yet"),
    SyncState.SENDING: gettext_lazy("Not at Telnyx yet"),
    SyncState.ACCEPTED: gettext_lazy("Scheduled at Telnyx"),
    SyncState.UNSURE: gettext_lazy("Checking with Telnyx"),
}


@dataclass(frozen=True)
class Row:
    """One message that will go out."""

    message: ComposedMessage
    at: datetime
    there: str
    group: str
    state: Words
    can_cancel: bool
    is_withdrawn: bool

    @property
    def to(self) -> str:
        return self.message.to_masked()


@dataclass(frozen=True)
class Day:
    """One day of the calendar, in the viewer's zone."""

    day: date
    rows: list[Row]


def waiting() -> QuerySet[ComposedMessage]:
    """Return what is still to go out, the next first, as far as our own rows tell."""
    rows = ComposedMessage.objects.filter(send_at__gt=clock.now())
    over = [SyncState.DRAFT, SyncState.REFUSED]
    rows = rows.exclude(sync_state__in=over).exclude(remote_status__in=ComposedMessage.final_statuses)
    return rows.select_related("created_by").defer("remote_data", "text").order_by("send_at", "pk")


def rows_of(found: Sequence[ComposedMessage], user: User) -> list[Row]:
    """Return these messages with what the log and the outbox hold about them. Two queries."""
    ids = {id: one.pk for one in found if (id := parsing.uuid(one.remote_id))}
    told: dict[UUID, set[str]] = {}
    for remote_id, status in Message.objects.filter(remote_id__in=ids).values_list("remote_id", "status"):
        told.setdefault(ids[str(remote_id)], set()).add(status)
    kind = ContentType.objects.get_for_model(ComposedMessage)
    entries = OutboxEntry.objects.filter(resource_type=kind, resource_id__in=[one.pk for one in found])
    asked = entries.filter(operation="cancel").exclude(state__in=OutboxEntry.ENDED)
    leaving = set(asked.values_list("resource_id", flat=True))
    rows = [_row(one, told.get(one.pk, set()), one.pk in leaving, user) for one in found]
    return [row for row in rows if row is not None]


def _row(message: ComposedMessage, told: set[str], is_leaving: bool, user: User) -> Row | None:
    if told - {"", Status.SCHEDULED} or message.send_at is None:
        return None  # it went out, or was canceled
    state = SyncState(message.sync_state)
    is_held = state == SyncState.ACCEPTED and message.send_at - clock.now() > LAST_CANCEL
    return Row(
        message=message,
        at=message.send_at,
        there=page.there(message),
        group="unsure" if is_leaving else OUR_GROUPS[state],
        state=_("Being canceled") if is_leaving else STATES.get(state, state.label),
        can_cancel=(is_held or state == SyncState.QUEUED)
        and not is_leaving
        and page.may_cancel(message, user),
        is_withdrawn=state == SyncState.QUEUED,
    )


def days(rows: Sequence[Row]) -> list[Day]:
    """Return every day on which something can go out, from today, each with its rows."""
    now = clock.now()
    first, last = (timezone.localtime(at).date() for at in (now, now + LATEST))
    calendar = {
        first + timedelta(days=n): Day(first + timedelta(days=n), []) for n in range((last - first).days + 1)
    }
    for row in rows:
        day = timezone.localtime(row.at).date()
        calendar.setdefault(day, Day(day, [])).rows.append(row)
    return [calendar[day] for day in sorted(calendar)]


@require_safe
def show(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what will go out, by day."""
    user = check(request, model_admin)
    found = list(waiting()[: MOST_SHOWN + 1])
    rows = rows_of(found[:MOST_SHOWN], user)
    context = {
        **frame(request, model_admin, _("Scheduled messages")),
        "days": days(rows),
        "count": len(rows),
        "most": MOST_SHOWN if len(found) > MOST_SHOWN else 0,
        "can_cancel": any(row.can_cancel for row in rows),
        "may_send": bool(purposes(user)),
        "zone": timezone.get_current_timezone_name(),
    }
    return TemplateResponse(request, f"{FOLDER}scheduled.html", context)


@require_POST
def cancel(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what canceling the chosen messages would do; when that was seen, cancel them, each by itself."""
    user = check(request, model_admin)
    if not (user.has_perm(page.CANCEL) or purposes(user)):
        raise PermissionDenied(page.CANCEL)
    ids = {id for text in request.POST.getlist("message") if (id := uuid_or_none(text))}
    if not ids or len(ids) > MOST_AT_ONCE:
        words = _("Choose at most 100 messages.") if ids else _("Choose the messages to cancel first.")
        messages.error(request, words)
        return HttpResponseRedirect(_list_url())
    chosen = list(waiting().filter(pk__in=ids))
    if "_cancel" in request.POST:
        return _cancel(request, chosen, len(ids))
    rows = [row for row in rows_of(chosen, user) if row.can_cancel]
    if not rows:
        messages.error(request, _("None of these messages can be canceled by you now."))
        return HttpResponseRedirect(_list_url())
    context: dict[str, Any] = {
        **frame(request, model_admin, _("Cancel messages")),
        "rows": rows,
        "left_out": len(ids) - len(rows),
        "withdrawn": sum(row.is_withdrawn for row in rows),
        "form_token": uuid4().hex,
    }
    return TemplateResponse(request, f"{FOLDER}cancel_several.html", context)


def _cancel(request: HttpRequest, chosen: Sequence[ComposedMessage], count: int) -> HttpResponse:
    user, token, reason = user_of(request), form_token(request)[:31], reason_of(request)
    withdrawn = asked = 0
    for message in chosen:
        if not page.may_cancel(message, user):
            continue
        try:
            made = promise.cancel(message, by=user, form_token=f"{token}-{message.pk.hex}", reason=reason)
        except (NotAllowed, outbox.AlreadyPromised):
            continue  # it is counted as left out; its page says why
        withdrawn, asked = withdrawn + (made is None), asked + (made is not None)
    if withdrawn:
        words = ngettext(
            "%(n)s message withdrawn: no one will be texted.",
            "%(n)s messages withdrawn: no one will be texted.",
            withdrawn,
        )
        messages.success(request, words % {"n": withdrawn})
    if asked:
        words = ngettext(
            "%(n)s cancellation is queued for Telnyx. It isn't certain until Telnyx confirms it.",
            "%(n)s cancellations are queued for Telnyx. They aren't certain until Telnyx confirms them.",
            asked,
        )
        messages.success(request, words % {"n": asked})
    if left := count - withdrawn - asked:
        words = ngettext(
            "%(n)s message was left out: it is too late, it is being canceled already, or you may not cancel it.",
            "%(n)s messages were left out: it is too late, they are being canceled already, or you may not cancel "
            "them.",
            left,
        )
        messages.warning(request, words % {"n": left})
    return HttpResponseRedirect(_list_url())


def _list_url() -> str:
    return reverse("admin:messaging_composedmessage_scheduled")
