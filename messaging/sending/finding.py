"""Messages written here that Telnyx never took in: the log knows nothing of them, so a search finds them here."""

from collections.abc import Iterator, Mapping

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk import finding, number_lookup, show
from messaging.desk.finding import Hit
from messaging.log import searches
from messaging.log.choices import TermKind
from messaging.mirror.models import SyncState
from messaging.mirror.permissions import may_view
from messaging.mirror.wording import Words
from messaging.models import SentMessage

from .choices import OUR_GROUPS

STATES: Mapping[str, Words] = {
    SyncState.DRAFT: gettext_lazy("Withdrawn: no one was texted"),
    SyncState.QUEUED: gettext_lazy("Not sent yet"),
    SyncState.SENDING: gettext_lazy("Being sent"),
    SyncState.UNSURE: gettext_lazy("Checking with Telnyx"),
    SyncState.REFUSED: gettext_lazy("Telnyx refused it: no one was texted"),
}


def messages(user: User, term: str) -> finding.Found | None:
    """Return the newest messages to a number that Telnyx refused or has not taken in."""
    what = searches.understand(term)
    if what.kind == TermKind.ADDRESS:
        rows = _to(user, numbers=what.meant)
    elif what.kind == TermKind.LAST_FOUR:
        rows = _to(user, ending=what.meant[0])
    else:
        return None
    found, has_more = finding.first(rows)
    hits = [
        Hit(
            _titled(row),
            show.clock(row.created_at),
            _url(row),
            OUR_GROUPS[row.sync_state],
            STATES[row.sync_state],
        )
        for row in found
    ]
    url = reverse("admin:messaging_composedmessage_changelist")
    return finding.Found(_("Messages that Telnyx doesn't have"), hits, has_more, url)


def known_of(user: User, needle: number_lookup.Needle) -> list[number_lookup.Found]:
    """Return the same for the page of the log."""
    rows = list(_to(user, numbers=needle.numbers, ending=needle.ending))[: number_lookup.MOST]
    kind = _("Message sent from here")
    return [
        number_lookup.Found(_titled(row), kind, _url(row), OUR_GROUPS[row.sync_state], STATES[row.sync_state])
        for row in rows
    ]


def _to(user: User, *, numbers: tuple[str, ...] = (), ending: str = "") -> Iterator[SentMessage]:
    """Yield the newest messages without Telnyx's ID, which are few, so the index of IDs finds them."""
    for kind in SentMessage.kinds():
        if may_view(user, kind._meta.label):
            wanted = Q(pk__in=[])
            for number in numbers:
                wanted |= kind.to_number(number)
            wanted |= kind.to_ending(ending) if ending else Q(pk__in=[])
            rows = kind._base_manager.filter(wanted, remote_id=None).exclude(sync_state=SyncState.ACCEPTED)
            yield from rows.defer("remote_data").order_by("-created_at")[: number_lookup.MOST + 1]


def _titled(message: SentMessage) -> str:
    return _("%(message)s, requested %(at)s") % {
        "message": message.to_masked(),
        "at": show.clock(message.created_at),
    }


def _url(message: SentMessage) -> str:
    return reverse(f"admin:{message._meta.app_label}_{message._meta.model_name}_change", args=[message.pk])
