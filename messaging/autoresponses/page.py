"""What the pages of one auto-response show, and what a person may do there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import segments
from messaging.desk import drift, outbox_words, sight
from messaging.mirror.models import OutboxEntry, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.wording import Words
from messaging.models import AutoResponse
from messaging.models.autoresponses import EDITED, shown
from messaging.profiles.page import toll_free

LIST = "admin:messaging_autoresponse_changelist"
SEEN = sight.masked()
ADD = "messaging.add_autoresponse"
CHANGE = "messaging.change_autoresponse"
DELETE = "messaging.delete_autoresponse"
SUBMIT = "messaging.submit_autoresponse"
DELETE_REMOTE = "messaging.delete_remote_autoresponse"
SEE_OUTBOX = "mirror.view_outboxentry"
REFRESH_SECONDS = 3

# The group of the pill and its words, by the state of our side.
OUR_SIDE: Mapping[str, tuple[str, Words]] = {
    SyncState.DRAFT: ("draft", gettext_lazy("Draft")),
    SyncState.QUEUED: ("under_way", gettext_lazy("Queued for Telnyx")),
    SyncState.SENDING: ("under_way", gettext_lazy("Being sent")),
    SyncState.UNSURE: ("unsure", gettext_lazy("Checking with Telnyx")),
    SyncState.ACCEPTED: ("done", gettext_lazy("Accepted")),
    SyncState.REFUSED: ("needs_us", gettext_lazy("Refused by Telnyx")),
}


@dataclass(frozen=True)
class Value:
    label: str
    text: str


def our_side(config: AutoResponse) -> tuple[str, Words]:
    """Return the group and the words of the pill."""
    if config.gone_at:
        return "closed", gettext_lazy("No longer at Telnyx")
    if config.differs and config.sync_state == SyncState.ACCEPTED:
        return "needs_us", gettext_lazy("Differs at Telnyx")
    return OUR_SIDE[config.sync_state]


def may(config: AutoResponse, user: User) -> dict[str, bool]:
    editable = config.is_editable()
    return {
        "edit": editable and user.has_perm(CHANGE),
        "submit": editable and user.has_perm(SUBMIT),
        "delete_remote": editable and bool(config.remote_id) and user.has_perm(DELETE_REMOTE),
        "delete_draft": config.can_delete_draft() and user.has_perm(DELETE),
        "copy": user.has_perm(ADD),
        "ask": bool(config.remote_id) and not config.gone_at and user.has_perm(CHANGE),
    }


def context(config: AutoResponse, user: User) -> dict[str, Any]:
    """Return the part that updates by itself: both sides, the differences, what is open or was refused."""
    entries = list(outbox.entries(config).select_related("requested_by", "resource_type")[:10])
    entry = entries[0] if entries else None
    group, word = our_side(config)
    may_look = user.has_perm(SEE_OUTBOX)
    return {
        "record": config,
        "may": may(config, user),
        "group": group,
        "word": word,
        "headline": outbox_words.headline(entry, SEEN) if entry else _imported(config),
        "refusals": outbox_words.problems(entry, SEEN)
        if entry and entry.state == OutboxEntry.State.REFUSED
        else [],
        "decide_url": outbox_url(entry) if entry and _needs_person(entry) and may_look else "",
        "entries": [(row, outbox_url(row) if may_look else "") for row in entries],
        "differences": differences(config),
        "values": values(config),
        "toll_free": toll_free(config.profile),
        "size": segments.measure(config.resp_text),
        "problems": config.problems() if config.gone_at is None else [],
        "refresh": REFRESH_SECONDS if config.is_under_way() and not _needs_person(entry) else None,
    }


def _needs_person(entry: OutboxEntry | None) -> bool:
    return entry is not None and entry.state == OutboxEntry.State.NEEDS_PERSON


def _imported(config: AutoResponse) -> str:
    if config.remote_id:
        return _("It wasn't sent from here; we found it at Telnyx.")
    return _("Not sent yet. Telnyx doesn't have it.")


def differences(config: AutoResponse) -> list[drift.Difference]:
    """Return where Telnyx's copy differs from ours."""
    return drift.differences(config, config.differing(), lines)


def lines(name: str, value: Any) -> list[str]:
    """Return a value of an auto-response in lines."""
    return shown(name, value).splitlines()


def values(config: AutoResponse) -> list[Value]:
    return [Value(label(name), shown(name, getattr(config, name)) or "-") for name in EDITED]


def label(name: str) -> str:
    return str(getattr(AutoResponse._meta.get_field(name), "verbose_name", name)).capitalize()


def page_url(config: AutoResponse) -> str:
    return reverse("admin:messaging_autoresponse_change", args=[config.pk])


def outbox_url(entry: OutboxEntry) -> str:
    return reverse("admin:mirror_outboxentry_change", args=[entry.pk])
