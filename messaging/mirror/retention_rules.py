"""How long the machinery keeps what it wrote: webhooks, requests to Telnyx, attempts, reports and sign-ins."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField, F, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from . import retention
from .audit import chain
from .models import (
    ApiCall,
    Attempt,
    AuditEntry,
    AuditSeal,
    ClockReading,
    DrainRound,
    Gate,
    Heartbeat,
    Import,
    ImportPart,
    Incident,
    OutboxAct,
    OutboxActRow,
    OutboxEntry,
    Pace,
    Purge,
    RecordView,
    Recovery,
    RefusedWebhooks,
    Replay,
    StatusChange,
    Tally,
    WebhookEvent,
    WebhookTest,
)
from .models.inbox import EMPTIED
from .models.outbox import ENDED_STATES, FORGOTTEN
from .retention import Kept, Rule

# Health counts the last seven days.
REFUSED_DAYS = 8


def _body_days() -> int:
    """Return how many days bodies are kept: never longer than their events."""
    both = (settings.RETENTION_WEBHOOK_BODY_DAYS, settings.RETENTION_WEBHOOK_DAYS)
    return min((days for days in both if days), default=0)


def _forget_attempts(ids: Sequence[UUID]) -> None:
    Attempt.objects.filter(entry__in=ids).exclude(error="").update(error="")


class _AuditDays(Rule):
    """Empties whole days of the audit. Their seals stay, so that the days after them can still be checked."""

    def apply(self, ids: Sequence[date]) -> None:
        for day in ids:
            chain.empty(day)


RULES = (
    Rule(
        "webhook_bodies",
        _("Webhook contents"),
        _body_days,
        WebhookEvent,
        "received_at",
        # After a long outage: events still to be processed are processed first, or given up (drain.AWAIT).
        where=~Q(state__in=[WebhookEvent.State.PENDING, WebhookEvent.State.WAITING]),
        # The id, the hash and the times stay, so that a repetition is still recognized.
        empties=("body", "error"),
    ),
    Rule(
        "webhook_events",
        _("Webhook events"),
        lambda: settings.RETENTION_WEBHOOK_DAYS,
        WebhookEvent,
        "received_at",
        where=EMPTIED,
    ),
    Rule(
        "outbox_bodies",
        _("What requests to Telnyx held, after they have ended"),
        lambda: settings.RETENTION_REQUEST_DAYS,
        OutboxEntry,
        "resolved_at",
        where=ENDED_STATES & ~FORGOTTEN,
        empties=("body", "path", "errors", "reason"),
        also=_forget_attempts,
        others={Attempt: ("error",)},
    ),
    Rule("api_calls", _("Calls to Telnyx"), lambda: settings.RETENTION_API_CALL_DAYS, ApiCall, "at"),
    Rule(
        "recoveries",
        _("Checks for lost webhooks"),
        lambda: settings.RETENTION_WEBHOOK_DAYS,
        Recovery,
        "requested_at",
        where=Q(finished_at__isnull=False),
    ),
    Rule(
        "webhook_tests",
        _("Test webhooks: who sent one, and how far it got"),
        lambda: settings.RETENTION_WEBHOOK_DAYS,
        WebhookTest,
        "requested_at",
        where=Q(ended_at__isnull=False),
    ),
    Rule(
        "refused_webhooks",
        _("How many webhooks were turned away, and why"),
        lambda: REFUSED_DAYS,
        RefusedWebhooks,
        "slot",
    ),
    Rule(
        "incidents",
        _("Incidents: when a part of the desk failed, and how long"),
        lambda: settings.RETENTION_INCIDENT_DAYS,
        Incident,
        "ended_at",
    ),
    Rule(
        "imports",
        _("Imports from Telnyx, with the names of what they found"),
        retention.audit_days,
        Import,
        "requested_at",
        where=Q(finished_at__isnull=False),
        others={ImportPart: ()},
    ),
    Rule(
        "outbox_acts",
        _("Who had many requests to Telnyx tried again or canceled, why, and what happened to each"),
        retention.audit_days,
        OutboxAct,
        "asked_at",
        others={OutboxActRow: ()},
    ),
    Rule(
        "replays",
        _("Who had webhook events processed again, and why"),
        retention.audit_days,
        Replay,
        "asked_at",
    ),
    Rule("purges", _("Reports on this page"), retention.audit_days, Purge, "started_at"),
    Rule(
        "record_views",
        _("Who viewed a request or a webhook, and why"),
        retention.audit_days,
        RecordView,
        "at",
    ),
    _AuditDays(
        "audit_days",
        _("What was changed in the desk, with the values before and after"),
        retention.audit_days,
        AuditSeal,
        Cast(F("day") + 1, DateTimeField()),
        where=Q(emptied_at=None),
        others={AuditEntry: ()},
    ),
    Rule("log_entries", _("Who changed what in the desk"), retention.audit_days, LogEntry, "action_time"),
    Rule("sessions", _("Sign-ins, after they have expired"), lambda: 1, Session, "expire_date"),
)
KEPT = (
    Kept(
        _("Seals of the audit, one for each day"),
        _(
            "They prove that nobody changed or removed a row. They hold digests, and no texts or phone "
            "numbers."
        ),
        AuditSeal,
    ),
    Kept(
        _("Requests to Telnyx"),
        _(
            "They prove that a request was made, when, by whom and how it ended. No text or number is left in them."
        ),
        OutboxEntry,
        (
            "operation",
            "method",
            "content_type",
            "body_sha256",
            "callback_token",
            "form_token",
            "remote_id",
            "request_id",
        ),
    ),
    Kept(
        _("Attempts to send a request"),
        _("They prove when a request left the desk and what Telnyx answered, in codes."),
        Attempt,
        ("worker", "codes", "request_id"),
    ),
    Kept(
        _("Status history"),
        _("It shows how a record got where it is. The reasons in it are deleted with the record."),
        StatusChange,
        ("status",),
    ),
    *(
        Kept(
            _("Signs of life from the desk itself"),
            _("They hold no texts or phone numbers, and are constantly overwritten."),
            model,
        )
        for model in (Pace, Gate, Heartbeat, DrainRound, ClockReading, Tally)
    ),
    *(
        Kept(
            _("Users, groups and permissions"),
            _("An administrator deletes the accounts of people who no longer work here."),
            model,
        )
        for model in (
            User,
            Group,
            Permission,
            ContentType,
            User.groups.through,
            User.user_permissions.through,
            Group.permissions.through,
        )
    ),
    Kept(
        _("Second factors of people"),
        _("They are sealed, and deleted with the account or when a person or an administrator removes them."),
        Authenticator,
    ),
    Kept(
        _("Which company account is whose"),
        _(
            "Each row has an issuer and an ID, without a name or anything else. They are deleted with "
            "the account."
        ),
        SocialAccount,
        ("provider", "uid", "extra_data"),
    ),
    *(
        Kept(_("Other tables of the sign-in library"), _("The desk writes nothing there."), model)
        for model in (EmailAddress, EmailConfirmation, SocialApp, SocialToken)
    ),
)
