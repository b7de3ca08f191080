"""What the message log adds to the search on the home page: the newest messages of a number, or one by its id."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import finding, show
from messaging.desk.finding import Found, Hit
from messaging.log import blocked, groups, keyset, masking, searches, timeline
from messaging.log.choices import TermKind
from messaging.models import Message, OptOut
from messaging.models.optouts import active
from messaging.optouts.page import since
from messaging.validators import TOLD_APART, has_marks

from .cards import VIEW

LIST = "admin:messaging_message_changelist"


def messages(user: User, term: str) -> Found | None:
    """Return the newest messages; words in texts are searched only in the log itself, which puts that on record."""
    if not user.has_perm(VIEW):
        return None
    what = searches.understand(term)
    if not what or what.kind == TermKind.WORDS:
        return None
    page = keyset.look(keyset.plan(what), size=finding.MOST + 1)
    copies = groups.in_copy(what.meant) if what.kind == TermKind.ADDRESS else []
    rows = list({row.pk: row for row in [*page.rows, *copies]}.values())
    found, has_more = finding.first(rows)
    out, shown = blocked.words(found), masking.LIST.their_numbers(found)
    hits = [_hit(row, out.get(blocked.pair(row), ""), shown) for row in found]
    note = TOLD_APART if has_marks(shown) else ""
    return Found(_("Messages"), hits, has_more, reverse(LIST), note)


def opt_outs(user: User, term: str) -> Found | None:
    """Return what forbids texting a number."""
    what = searches.understand(term) if user.has_perm("messaging.view_optout") else None
    if not what or what.kind != TermKind.ADDRESS:
        return None
    found, has_more = finding.first(
        active(OptOut.objects.filter(to_number__in=what.meant))[: finding.MOST + 1]
    )
    hits = [
        Hit(str(row), since(row), reverse("admin:messaging_optout_change", args=[row.pk])) for row in found
    ]
    return Found(_("Opt-outs"), hits, has_more, reverse("admin:messaging_optout_changelist"))


def _hit(message: Message, out: str, shown: Mapping[str, str]) -> Hit:
    group, status = timeline.pill(message)
    title = _("%(ours)s and %(theirs)s") % {
        "ours": masking.LIST.our_number(message),
        "theirs": shown.get(message.their_address) or masking.LIST.their_number(message),
    }
    words = f"{message.direction_words()} · {show.clock(message.happened_at)}"
    words = f"{words} · {out}" if out else words
    return Hit(title, words, reverse("admin:messaging_message_change", args=[message.pk]), group, status)
