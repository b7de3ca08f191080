"""What RCS adds to the home page and to the page that asks how to send: a new message, registrations that need us."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.db.models import DateTimeField, F, Model, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk.home import Item, Link, Section, Waiting, waiting_rows
from messaging.desk.turns import Group, Turn
from messaging.sending.other_ways import Way
from messaging.sending.purpose import only_tests

from ..messages import sending
from ..messages.page import NAME
from ..models import RcsAgentRegistration, RcsBrand
from ..registration import page


def start(user: User) -> Section:
    """Return the link to a new RCS message, for people who may send one."""
    allowed = sending.purposes(user)
    if not allowed:
        return Section()
    title = _("Send an RCS test") if only_tests(allowed) else _("Send an RCS message")
    return Section(start=Link(title, _address()))


def registrations(user: User) -> Section:
    """Return the brands and agents that need us; requests that need a decision are there by themselves."""
    kinds = [model for model in (RcsBrand, RcsAgentRegistration) if user.has_perm(page.viewing(model))]
    records, _is_cut = page.open_ones(kinds)
    ours = [(record, now) for record, now in page.with_turns(records) if now.group == Group.NEEDS_US]
    return Section(
        waiting=[
            _waiting(model, {str(record.pk): (record, now) for record, now in ours if type(record) is model})
            for model in {type(record) for record, _now in ours}
        ],
    )


def _waiting(model: type[Model], found: Mapping[str, tuple[Model, Turn]]) -> Waiting:
    def items(keys: Sequence[str]) -> Mapping[str, Item]:
        return {key: _item(*found[key]) for key in keys if key in found}

    kind = model._meta.model_name or ""
    rows = waiting_rows(
        model._default_manager.filter(pk__in=list(found)),
        kind,
        due=Cast(Value(None), DateTimeField()),
        since=F("updated_at"),
    )
    return Waiting(kind, [rows], items)


def _item(record: Model, now: Turn) -> Item:
    return Item(
        str(record),
        now.words,
        page.page_url(record),
        now.group,
        Group(now.group).label,
        since=record.updated_at,  # type: ignore[attr-defined]
        kind=record._meta.verbose_name or "",
    )


def way(user: User) -> Way | None:
    """Return RCS as a way to send, or None for people who may not send it."""
    if not sending.purposes(user):
        return None
    return Way(
        _("RCS message"),
        _("With cards, pictures and buttons, from an RCS agent; as a text message if a phone has no RCS."),
        _address(),
    )


def _address() -> str:
    return reverse(f"admin:{NAME}_compose")
