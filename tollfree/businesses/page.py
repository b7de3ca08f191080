"""What the pages of a business profile show: the company, its requests, and where they differ from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words
from messaging.validators import display_number

from .. import page as requests
from .. import summary, turns
from ..checks.sections import COMPANY_SECTIONS
from ..choices import Status
from ..models import BusinessProfile, VerificationRequest
from ..summary import Block, Change, Value

NAME = "tollfree_businessprofile"
VIEW = "tollfree.view_businessprofile"
VIEW_REQUESTS = "tollfree.view_verificationrequest"
ADD = "tollfree.add_businessprofile"
CHANGE = "tollfree.change_businessprofile"
DELETE = "tollfree.delete_businessprofile"
MOST = 100
MOST_OFFERED = 100
SHOWN_NUMBERS = 3

UNDER_WAY = gettext_lazy("On its way to Telnyx: nothing can be changed until Telnyx has answered.")
VERIFIED = gettext_lazy(
    "Verified: nothing can be changed now. A new review would switch that off for its numbers."
)
IN_REVIEW = gettext_lazy(
    "In review: nothing can be changed now. Telnyx takes changes only when it asks for one or has rejected the request."
)
GONE = gettext_lazy("No longer at Telnyx: nothing can be changed.")


def page_url(profile: BusinessProfile) -> str:
    return reverse(f"admin:{NAME}_change", args=[profile.pk])


def sees_all(user: User) -> bool:
    """Return True if this person works with contacts: in requests or in the profiles themselves."""
    return requests.sees_contacts(user) or user.has_perm(CHANGE)


def masks(user: User) -> dict[str, bool]:
    return {
        "contacts": sees_all(user),
        "secrets": any(map(user.has_perm, (CHANGE, requests.CHANGE))),
    }


def as_request(profile: BusinessProfile) -> VerificationRequest:
    """Return an unsaved request with nothing but the company."""
    return VerificationRequest(**profile.company())


def brought(profile: BusinessProfile, request: VerificationRequest) -> VerificationRequest:
    """Return an unsaved copy of a request as it would be with what is filled in in the profile."""
    texts = {name: getattr(request, name) for name in request.wire.names}
    return VerificationRequest(**texts | profile.company())


def differences(
    profile: BusinessProfile, request: VerificationRequest, *, secrets: bool = True, contacts: bool = True
) -> list[Change]:
    """Return where the company in a request differs: in our copy while it can be edited or is on its way, or else in
    what Telnyx holds.
    """
    is_ours = request.is_editable() or request.is_under_way()
    there = request if is_ours else summary.held(request) or request
    return summary.changes(there, brought(profile, there), secrets=secrets, contacts=contacts)


def why_not(request: VerificationRequest) -> Words:
    """Return why a request can't be changed now, or "" if it can."""
    if request.is_editable():
        return ""
    if request.gone_at:
        return GONE
    if request.is_under_way():
        return UNDER_WAY
    return VERIFIED if request.remote_status == Status.VERIFIED else IN_REVIEW


@dataclass(frozen=True)
class Row:
    """A request of a business, and where it differs."""

    request: VerificationRequest
    url: str
    numbers: str
    group: str
    status: Words
    changes: list[Change]
    why_not: Words

    @property
    def fields(self) -> str:
        return ", ".join(f"“{change.label}”" for change in self.changes)

    @property
    def stamp(self) -> str:
        """The request as it was shown, in the form that changes it."""
        return f"{self.request.pk}.{self.request.version}"


def rows(profile: BusinessProfile, user: User) -> tuple[list[Row], bool]:
    """Return the newest requests of a business, and whether there are more. Two queries."""
    found = list(profile.requests.order_by("-created_at")[: MOST + 1])
    shown = found[:MOST]
    turns.with_entries(shown)
    return [_row(profile, request, user) for request in shown], len(found) > MOST


def _row(profile: BusinessProfile, request: VerificationRequest, user: User) -> Row:
    group = request.turn().group
    numbers = [display_number(number) for number in request.phone_numbers[:SHOWN_NUMBERS]]
    return Row(
        request,
        requests.page_url(request),
        ", ".join(numbers) or _("No numbers yet"),
        group,
        group.label,
        [] if request.gone_at else differences(profile, request, **masks(user)),
        why_not(request),
    )


def blocks(profile: BusinessProfile, user: User) -> list[Block]:
    """Return the company, section by section, masked for people who don't work with contacts."""
    request = as_request(profile)
    return [
        Block(section.slug, section.title, list(_values(request, section.fields, masks(user))))
        for section in COMPANY_SECTIONS
    ]


def _values(request: VerificationRequest, fields: Iterable[str], masked: dict[str, bool]) -> Iterable[Value]:
    for field in fields:
        yield Value(field, summary.label(field), summary.lines(request, field, **masked))


def may(user: User) -> dict[str, bool]:
    return {
        "start": user.has_perm(requests.ADD),
        "bring": user.has_perm(requests.CHANGE),
        "change": user.has_perm(CHANGE),
        "delete": user.has_perm(DELETE),
    }


# On the page of a request.

MOST_ALIKE = 3
MOST_COPIES = 10


def with_links(rows: QuerySet[VerificationRequest]) -> QuerySet[VerificationRequest]:
    """Load what `links` shows along with the request of a page, so that it costs no query of its own."""
    request = JSONObject(
        id="pk", business_name="business_name", doing_business_as="doing_business_as", gone_at="gone_at"
    )
    others = VerificationRequest.objects.order_by("-created_at").annotate(shown=request).values("shown")
    named = BusinessProfile.objects.exclude(business_name="").order_by("name")
    alike = named.filter(business_name__iexact=OuterRef("business_name"))
    profile = JSONObject(id="pk", name="name")
    return rows.select_related("business_profile").annotate(
        linked_source=Subquery(others.filter(pk=OuterRef("copied_from_id"))[:1]),
        linked_copies=ArraySubquery(others.filter(copied_from=OuterRef("pk"))[: MOST_COPIES + 1]),
        linked_alike=ArraySubquery(alike.annotate(shown=profile).values("shown")[:MOST_ALIKE]),
    )


def links(request: Any, user: User) -> dict[str, Any]:
    """Return what the page of a request shows of its business profile, and of the requests it is linked to."""
    if not hasattr(request, "linked_copies"):
        request = with_links(VerificationRequest.objects.all()).get(pk=request.pk)
    profile = request.business_profile if user.has_perm(VIEW) else None
    copies = [VerificationRequest(**copy) for copy in request.linked_copies]
    source = request.linked_source
    return {
        "business": profile,
        "business_differs": differences(profile, request) if profile and not request.gone_at else [],
        "business_why_not": why_not(request),
        "alike": [BusinessProfile(**found) for found in request.linked_alike]
        if _may_link(request, user)
        else [],
        "may_make_business": _may_make(request, user),
        "may_link": user.has_perm(requests.CHANGE),
        "copied_from": VerificationRequest(**source) if source else None,
        "copies": copies[:MOST_COPIES],
        "has_more_copies": len(copies) > MOST_COPIES,
    }


def _may_make(request: VerificationRequest, user: User) -> bool:
    is_free = request.business_profile_id is None and not request.gone_at
    has_name = bool(request.business_name or request.doing_business_as)
    return is_free and has_name and user.has_perm(ADD) and requests.sees_contacts(user)


def _may_link(request: VerificationRequest, user: User) -> bool:
    is_free = request.business_profile_id is None and not request.gone_at
    return is_free and user.has_perm(VIEW) and user.has_perm(requests.CHANGE)


FROM_PROFILE = gettext_lazy("From the business profile")
NOT_AS_PROFILE = gettext_lazy("Differs from the business profile")


def marks(request: VerificationRequest | None) -> dict[str, str]:
    """Return, for each field that the profile of a request fills in, whether it is the same there."""
    profile = request.business_profile if request else None
    if request is None or profile is None:
        return {}
    return {
        field: str(FROM_PROFILE if getattr(request, field) == value else NOT_AS_PROFILE)
        for field, value in profile.company().items()
    }
