"""Opt-outs of other profiles of ours: Telnyx doesn't block these texts, but whoever sends one should know."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from messaging.desk import show
from messaging.mirror.masking import without_personal
from messaging.models import OptOut
from messaging.models.optouts import active
from messaging.validators import display_number

from .page import with_names

# More than a group has recipients; a person who opted out of even more profiles is warned all the same.
MOST = 20


def said(profile_id: str, numbers: Sequence[str]) -> list[str]:
    """Return a sentence for each other profile that may not text one of these phones. Two queries at most."""
    rows = active(OptOut.objects.filter(to_number__in=numbers)).exclude(profile_id__in=("", profile_id))
    return list(dict.fromkeys(_said(row) for row in with_names(list(rows[:MOST]))))


def _said(row: OptOut) -> str:
    words = {
        "number": display_number(row.to_number),
        "profile": row.profile_name,  # type: ignore[attr-defined]
        "at": show.exact(row.stopped_at) if row.stopped_at else _("an unknown day"),
        "word": without_personal(row.keyword) or _("no keyword is known"),
    }
    if row.is_ours:
        seen = _(
            "We blocked %(number)s on our profile %(profile)s on %(at)s. Text them from another profile only if they "
            "agreed to get texts from it."
        )
    else:
        seen = _(
            "%(number)s opted out of our profile %(profile)s on %(at)s (%(word)s), so that profile can't text them. "
            "Text them from another profile only if they agreed to get texts from it."
        )
    return seen % words
