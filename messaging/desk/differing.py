"""Every record whose copy at Telnyx differs from ours, on one page: `add(kind)` in an app's desk/plugin.py.

Either a person decides about each (DECIDED), or the record follows Telnyx and the page says what was taken over.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, DateTimeField, ExpressionWrapper, F, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from messaging.mirror import clock
from messaging.mirror.models import ComparedResource, KnownCopy, SettingNoticed
from messaging.mirror.wording import Words

from .drift import Difference
from .home import Card, Section
from .pages import user_of
from .stages import MOST_COUNTED
from .turns import Group

URL = "admin:desk_differences"
ACCEPT = "admin:desk_accept_differences"
PAGE = 50
# For how long the page says what was taken over.
RECENT = timedelta(days=30)

WAITS_FOR_A_DECISION = gettext_lazy("Compare both copies, then decide field by field.")
UNDER_WAY = gettext_lazy("A request about it is on its way to Telnyx. Decide once that is settled.")
NOTHING_LEFT = gettext_lazy("Nothing is left to decide: someone decided it, or both copies are the same.")
OTHERS_DECIDE = gettext_lazy("People who may change it decide which copy is right.")
TAKEN_OVER = gettext_lazy("Changed at Telnyx, updated here")


@dataclass(frozen=True)
class Row:
    """One record: which of its fields differ, in words, whose turn it is, and the page where somebody decides."""

    title: str
    fields: Sequence[str]
    url: str
    group: str
    status: Words
    turn: Words
    values: str = ""


@dataclass(frozen=True)
class Look:
    """What somebody sees who takes over Telnyx's copy of one record: the fields that change, if any, and its stamp."""

    title: str
    url: str
    differences: Sequence[Difference]
    was: str
    is_under_way: bool


@dataclass(frozen=True)
class Kind:
    """One kind of record. People with `view` see its rows; those with `change` decide, if there is anything to decide.

    `rows` is made by `rows_of`. `show` returns those that are shown, by key, with a fixed number of queries; it leaves
    out what no longer differs. `look` returns what this person would replace, by key, with a fixed number of queries
    too, and `accept` takes over Telnyx's copy of one record in all its fields: it gets the key, the person and the
    stamp of what they saw, and raises NotAllowed if the record has changed since.
    """

    name: str
    title: Words
    view: str
    rows: Callable[[], QuerySet]
    show: Callable[[Sequence[str]], Mapping[str, Row]]
    change: str = ""
    look: Callable[[Sequence[str], User], Mapping[str, Look]] | None = None
    accept: Callable[[str, User, str], None] | None = None

    @property
    def is_decided(self) -> bool:
        """Return True if a person decides about each; otherwise Telnyx's copy is taken over."""
        return bool(self.change)


_kinds: list[Kind] = []


def add(*kinds: Kind) -> None:
    """Put these kinds of records on the page."""
    _kinds.extend(kinds)


def seen_by(user: User) -> list[Kind]:
    """Return the kinds whose rows this person may see."""
    return [kind for kind in _kinds if user.has_perm(kind.view)]


def accepted_by(user: User) -> list[Kind]:
    """Return the kinds of which this person may take over Telnyx's copy."""
    return [kind for kind in seen_by(user) if kind.accept and user.has_perm(kind.change)]


def may_read(user: User) -> bool:
    """Return True if this person may open the page."""
    return bool(seen_by(user))


def rows_of(found: QuerySet, kind: str, *, key: Any, since: Any) -> QuerySet:
    """Return the kind, the key and the time of each row, so that the database sorts all kinds together."""
    return (
        found.annotate(
            its_kind=Value(kind, CharField()),
            its_key=Cast(key, CharField()),
            its_since=ExpressionWrapper(since, DateTimeField()),
        )
        .order_by()
        .values_list("its_kind", "its_key", "its_since")
    )


def undecided(model: type[ComparedResource], kind: str) -> QuerySet:
    """Return the rows of `rows_of` for the records about which someone has to decide. One index has them."""
    copies = KnownCopy.objects.filter(
        resource_type=ContentType.objects.get_for_model(model), open_since__isnull=False
    )
    return rows_of(copies, kind, key="resource_id", since=F("open_since"))


def undecided_fields(rows: Collection[ComparedResource]) -> dict[str, list[str]]:
    """Return the names of the fields about which someone has to decide, by the key of each record. One query."""
    if not rows:
        return {}
    kind = ContentType.objects.get_for_model(next(iter(rows)))
    copies = KnownCopy.objects.filter(resource_type=kind, resource_id__in=[row.pk for row in rows])
    known = {copy.resource_id: copy for copy in copies}
    return {str(row.pk): row.undecided(known.get(row.pk)) for row in rows}


def still_undecided(rows: Collection[ComparedResource]) -> dict[str, list[str]]:
    """Return the fields, in words, about which someone has to decide, by the key of each record. One query."""
    found = undecided_fields(rows)
    return {str(row.pk): labels(type(row), found[str(row.pk)]) for row in rows if found[str(row.pk)]}


def labels(model: type[Model], names: Iterable[str]) -> list[str]:
    """Return what people call these fields."""
    return [capfirst(str(getattr(model._meta.get_field(name), "verbose_name", name))) for name in names]


def elsewhere(model: type[SettingNoticed], kind: str) -> QuerySet:
    """Return the rows of `rows_of` for what was changed at Telnyx lately and taken over. One index has them."""
    return rows_of(model.elsewhere(clock.now() - RECENT), kind, key="pk", since=F("noticed_at"))


def taken_over(change: SettingNoticed, record: Model, url: str, before: str, after: str) -> Row:
    """Return the row of one setting that was changed at Telnyx."""
    values = _("%(before)s, now %(after)s") % {"before": before, "after": after}
    fields = labels(type(record), [change.setting])
    return Row(str(record), fields, url, Group.DONE, TAKEN_OVER, change.get_source_display(), values)


def listed(kinds: Sequence[Kind], first: int, most: int, *, order: str) -> list[tuple[str, str, datetime]]:
    """Return the kind, key and time of what is shown from position `first` on. One query."""
    if not kinds:
        return []
    orders = (order, "its_key")
    one, *others = (kind.rows().order_by(*orders)[: first + most] for kind in kinds)
    # Of one part alone, too, the union is sorted.
    return list(one.union(*others, one.none(), all=True).order_by(*orders)[first : first + most])


def shown(
    kinds: Iterable[Kind], rows: Iterable[tuple[str, str, datetime]]
) -> list[tuple[Kind, str, Row, datetime]]:
    """Return what the page says of these rows, each with its key, those of a kind looked up together."""
    by_name = {kind.name: kind for kind in kinds}
    rows = list(rows)
    keys: dict[str, list[str]] = defaultdict(list)
    for name, key, _since in rows:
        keys[name].append(key)
    found = {name: by_name[name].show(some) for name, some in keys.items()}
    return [(by_name[name], key, found[name][key], since) for name, key, since in rows if key in found[name]]


def home_card(user: User) -> Section:
    """Return what the home page says to people who decide, if there is anything."""
    kinds = [kind for kind in seen_by(user) if kind.is_decided and user.has_perm(kind.change)]
    count = len(listed(kinds, 0, MOST_COUNTED + 1, order="its_since"))
    if not count:
        return Section()
    title = _("Differences to decide")
    hint = _("Telnyx's copy isn't ours")
    return Section(cards=[Card(title, count, reverse(URL), Group.NEEDS_US, hint)])


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """List what someone has to decide, or what was changed at Telnyx and taken over, of all kinds or of one."""
    user = user_of(request)
    seen = seen_by(user)
    if not seen:
        raise PermissionDenied
    is_taken_over = request.GET.get("show") == "taken"
    kinds = [kind for kind in seen if kind.is_decided != is_taken_over]
    chosen = [kind for kind in kinds if kind.name == request.GET.get("kind")] or kinds
    number = request.GET.get("page", "")
    at = int(number) if re.fullmatch("[1-9][0-9]{0,2}", number) else 1
    # What waits longest comes first, but the newest of what is only said.
    order = "-its_since" if is_taken_over else "its_since"
    rows = listed(chosen, (at - 1) * PAGE, PAGE + 1, order=order)
    only = chosen[0].name if len(chosen) < len(kinds) else ""
    found, accepted = shown(chosen, rows[:PAGE]), accepted_by(user)
    on_page = [
        {
            "kind": kind,
            "row": row,
            "since": since,
            "turn": row.turn if not kind.change or user.has_perm(kind.change) else OTHERS_DECIDE,
            "mark": f"{kind.name}:{key}" if kind in accepted and row.group == Group.NEEDS_US else "",
        }
        for kind, key, row, since in found
    ]
    marks = [each["mark"] for each in on_page if each["mark"]]
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Differences from Telnyx"),
        "is_taken_over": is_taken_over,
        "may_decide": any(kind.change and user.has_perm(kind.change) for kind in kinds),
        "only": only,
        "every_url": _address(show=is_taken_over and "taken"),
        "days": RECENT.days,
        "places": [
            (_address(), _("To decide"), not is_taken_over),
            (_address(show="taken"), _("Recently updated"), is_taken_over),
        ],
        "kinds": [
            (_address(show=is_taken_over and "taken", kind=name), title, name == only)
            for name, title in [("", _("Every kind")), *((kind.name, kind.title) for kind in kinds)]
        ]
        if kinds
        else [],
        "rows": on_page,
        "accept_url": reverse(ACCEPT) if marks else "",
        "accept_all_url": f"{reverse(ACCEPT)}?{urlencode({'row': marks}, doseq=True)}",
        "before": _address(show=is_taken_over and "taken", kind=only, page=at - 1) if at > 1 else "",
        "after": _address(show=is_taken_over and "taken", kind=only, page=at + 1) if len(rows) > PAGE else "",
    }
    return TemplateResponse(request, "desk/differing.html", context)


def _address(**asked: Any) -> str:
    return f"?{urlencode({name: value for name, value in asked.items() if value})}"
