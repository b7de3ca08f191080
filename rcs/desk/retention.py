"""How long we keep RCS messages and what we know about phones; most rows contain someone's number."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from messaging.mirror import retention
from messaging.mirror.retention import Kept, Rule
from messaging.retention import NOT_UNDER_WAY, SETTINGS, SETTINGS_BECAUSE, sent_from_here

from ..models import (
    AgentChange,
    Capability,
    CapabilityCheck,
    Deeplink,
    RcsAgent,
    RcsAgentRegistration,
    RcsBrand,
    RcsMessage,
    RcsTemplate,
    TestInvite,
)


def days() -> int:
    return settings.RETENTION_RCS_DAYS


def _forget_unanswered(ids: Sequence[Any]) -> None:
    """Delete the numbers in these checks that Telnyx never answered about and that are in no other check."""
    Capability.objects.filter(checks__in=ids, as_of=None, wanted_at=None).exclude(
        checks__in=CapabilityCheck.objects.exclude(pk__in=ids)
    ).delete()


RULES = (
    Rule(
        "rcs_capabilities",
        _("What phones can receive by RCS"),
        days,
        Capability,
        Coalesce("as_of", "noted_at"),
        # Rows waiting for an answer will be up to date in a moment.
        where=Q(wanted_at=None),
        others={Capability.checks.through: ()},
    ),
    Rule("rcs_checks", _("RCS checks"), days, CapabilityCheck, "created_at", also=_forget_unanswered),
    Rule("rcs_links", _("RCS agent links"), days, Deeplink, "created_at"),
    Rule(
        "rcs_invites",
        _("Phones invited to test an RCS agent"),
        retention.record_days,
        TestInvite,
        "updated_at",
        where=NOT_UNDER_WAY,
    ),
    *(
        Rule(
            f"rcs_discarded_{model._meta.model_name}",
            label,
            retention.record_days,
            model,
            "closed_at",
            where=NOT_UNDER_WAY & Q(remote_id=None),
        )
        for model, label in (
            (RcsBrand, _("Discarded drafts of RCS brands")),
            (RcsAgentRegistration, _("Discarded drafts of registrations of RCS agents")),
        )
    ),
    *sent_from_here(
        RcsMessage,
        "rcs_sent",
        (_("Content of RCS messages sent from here"), _("RCS messages sent from here")),
        ("content", "sms_fallback", "mms_fallback"),
    ),
)
REGISTRATIONS = _("Registrations of RCS brands and agents")
REGISTRATIONS_BECAUSE = _(
    "They say who answers for what is sent by RCS, for as long as it is sent. Only discarded drafts are deleted."
)
KEPT = (
    Kept(REGISTRATIONS, REGISTRATIONS_BECAUSE, RcsBrand),
    Kept(REGISTRATIONS, REGISTRATIONS_BECAUSE, RcsAgentRegistration),
    Kept(SETTINGS, SETTINGS_BECAUSE, RcsAgent),
    Kept(SETTINGS, SETTINGS_BECAUSE, AgentChange),
    Kept(
        _("RCS templates"),
        _("They are deleted by hand when no longer used. Keep names and numbers of people out of them."),
        RcsTemplate,
    ),
)
