"""What toll-free verification adds to the home page: the stages, counted, and what needs us most."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from messaging.desk import stages
from messaging.desk.home import Card, Item, Link, Section, StartNamed, Waiting, Welcome, waiting_rows
from messaging.desk.turns import OURS, Group
from messaging.mirror import clock
from messaging.mirror.models import UNDER_WAY, SyncState
from messaging.team import people

from .. import turns
from ..businesses import page as businesses
from ..models import BusinessProfile, VerificationRequest
from ..page import ADD, SUBMIT, page_url, sees_contacts

VIEW = "tollfree.view_verificationrequest"
LIST = "admin:tollfree_verificationrequest_changelist"
WEEK = timedelta(days=7)


def _usual_review() -> str:
    days = settings.TOLLFREE_REVIEW_DAYS
    words = ngettext("usually %(days)s business day", "usually %(days)s business days", days)
    return words % {"days": days}


def _usual_at_carriers() -> str:
    days = settings.TOLLFREE_CARRIER_DAYS
    return ngettext("usually %(days)s day", "usually %(days)s days", days) % {"days": days}


CARDS = (
    (Group.DECISION, _("Toll-free: needs your decision"), _("what happened to a request?")),
    (Group.APPROVAL, _("Toll-free: waiting for approval"), _("read it, then approve it or send it back")),
    (Group.NEEDS_US, _("Toll-free: action needed"), _("a change or an answer")),
    (Group.REVIEWING, _("Toll-free: in review (Telnyx)"), lazy(_usual_review, str)()),
    (Group.CARRIERS, _("Toll-free: in review (carriers)"), lazy(_usual_at_carriers, str)()),
    (Group.DRAFT, _("Toll-free: drafts"), _("not submitted yet")),
    (Group.DONE, _("Toll-free: done this week"), _("verified in the last 7 days")),
)


def my_work(user: User) -> Section:
    """Return what this person may see about the requests."""
    if not user.has_perm(VIEW):
        return Section()
    counts = _counts()
    cards = [
        Card(title, counts[group.value], f"{reverse(LIST)}?group={group.value}", group, hint)
        for group, title, hint in CARDS
        if group not in (Group.DECISION, Group.APPROVAL) or counts[group.value]
    ]
    if counts["unassigned"]:
        url = f"{reverse(LIST)}?group={Group.NEEDS_US.value}&with=nobody"
        hint = _("action needed, unassigned")
        cards.append(Card(_("Toll-free: unassigned"), counts["unassigned"], url, Group.NEEDS_US, hint))
    return Section(
        cards=cards,
        waiting=[_waiting(*OURS)] if any(counts[group.value] for group in OURS) else [],
        mine=[_waiting(*OURS, Group.DRAFT, whose=user)] if sees_contacts(user) else [],
        start=_start(user),
        start_named=_start_from_business(user),
        welcome=None if counts["all"] else _welcome(user),
    )


def _counts() -> dict[str, int]:
    conditions = {group.value: turns.in_group(group) for group, _title, _hint in CARDS}
    conditions["all"] = Q()
    conditions["unassigned"] = turns.in_group(Group.NEEDS_US) & Q(assigned_to=None)
    conditions["done"] &= Q(remote_status_at__gte=clock.now() - WEEK)
    return stages.counted(VerificationRequest, conditions)


def waiting(group: Group) -> Sequence[QuerySet]:
    """Return how urgent the requests in a group are."""
    return _waiting(group).rows


def _waiting(*groups: Group, whose: User | None = None) -> Waiting:
    ours = VerificationRequest.objects.filter(turns.in_group(*groups))
    if whose:
        ours = ours.filter(assigned_to=whose)
    clocks: dict[str, Any] = {"due": turns.due(), "since": turns.waiting_since()}
    undated = ours.filter(~turns.ASKED)
    # Of these few, the last request to Telnyx says since when.
    promised = Q(sync_state__in=[SyncState.REFUSED, *UNDER_WAY])
    rows = [
        waiting_rows(ours.filter(turns.ASKED), "tollfree", order=stages.OLDEST_FIRST, **clocks),
        waiting_rows(undated.exclude(promised), "tollfree", order=stages.OLDEST_FIRST, **clocks),
        waiting_rows(undated.filter(promised), "tollfree", **clocks),
    ]
    return Waiting("tollfree", rows, _items)


def _items(keys: Sequence[str]) -> Mapping[str, Item]:
    requests = list(
        VerificationRequest.objects.filter(pk__in=keys).select_related("assigned_to").defer("remote_data")
    )
    turns.with_entries(requests)
    return {str(request.pk): _item(request) for request in requests}


def _item(request: VerificationRequest) -> Item:
    turn, since = request.turn(), request.turn_since()
    return Item(
        str(request),
        turn.words,
        page_url(request),
        turn.group,
        turn.group.label,
        due_at=turns.due_at(request),
        since=since,
        kind=_("Toll-free verification"),
        person=people.with_words(request.assigned_to),
    )


def _start(user: User) -> Link | None:
    if not user.has_perm(ADD):
        return None
    return Link(_("New toll-free verification"), reverse("admin:tollfree_verificationrequest_add"))


def _welcome(user: User) -> Welcome | None:
    """Return how a first request goes, for people who may start one."""
    if not user.has_perm(ADD):
        return None
    if not user.has_perm(SUBMIT):
        submit = _("Leave it to a colleague who may submit. They see exactly what will be sent.")
    elif VerificationRequest._meta.app_label in settings.FOUR_EYES:
        submit = _(
            "Ask for approval. A colleague sees exactly what will be sent, and approves it or sends it back."
        )
    else:
        submit = _(
            "Check before submitting: you see exactly what will be sent. “Submit to Telnyx” there sends it, once."
        )
    return Welcome(
        _("This is how a toll-free number gets verified"),
        [
            _("Fill in the form. A draft can be as unfinished as you like."),
            submit,
            _("Wait. The page follows Telnyx automatically and tells you when there is something to do."),
        ],
    )


def _start_from_business(user: User) -> StartNamed | None:
    """Return the form that starts a request from a business profile, if there is one. One query."""
    if not (user.has_perm(ADD) and user.has_perm(businesses.VIEW)):
        return None
    newest = BusinessProfile.objects.order_by("-changed_at").values_list("name", flat=True)
    names = sorted(newest[: businesses.MOST_OFFERED], key=str.casefold)
    if not names:
        return None
    url = reverse(f"admin:{businesses.NAME}_start_named")
    label = _("New toll-free verification for a business you've had before")
    return StartNamed(label, _("Start request"), url, names)
