"""How a toll-free request is found, in its list and from the home page."""

from functools import reduce
from operator import or_
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk import finding
from messaging.desk.finding import Found, Hit
from messaging.numbers import find_number, whole_numbers
from messaging.validators import display_number

from .. import standing, turns
from ..businesses import page as businesses
from ..checks.sections import CONTACT
from ..models import BusinessProfile, VerificationRequest
from ..page import page_url, sees_contacts
from .home import LIST, VIEW

BUSINESS = ("name", "business_name", "doing_business_as", "corporate_website")
# What is sent and why, as it was written in the request.
TEXTS = (
    "use_case",
    "use_case_summary",
    "production_message_content",
    "opt_in_workflow",
    "additional_information",
)
SHOWN_TO_ALL = ("business_name", "doing_business_as", "corporate_website", *TEXTS, *finding.by("created_by"))


def named(term: str, user: User) -> Q:
    """Return the filter for a number in any format or a part of it, a business, a website, an author, a part of an id.

    Words of what is sent and why are found, too. Contacts and addresses are found only by people who see them.
    """
    sees = sees_contacts(user)
    found = finding.words_in(term, *SHOWN_TO_ALL, *(CONTACT if sees else ()))
    found |= Q(remote_id=term) | finding.part_of_id(term, "remote_id")
    if digits := finding.digits_in(term):
        found |= Q(phone_numbers__icontains=digits)
        if sees:
            found |= Q(business_contact_phone__contains=digits)
    if number := find_number(term):
        found |= Q(phone_numbers__contains=[number])
        if sees:
            found |= Q(business_contact_phone=number)
    return found


def found(requests: QuerySet, term: str, user: User) -> QuerySet:
    """Return the requests that are named so. A whole number that requests have finds these alone, by the index."""
    if numbers := whole_numbers(term):
        having = reduce(or_, (Q(phone_numbers__contains=[number]) for number in numbers))
        if sees_contacts(user):
            having |= Q(business_contact_phone__in=numbers)
        if VerificationRequest.objects.filter(having).exists():
            return requests.filter(having)
    return finding.in_order(requests, named(term, user))


def business_named(term: str, user: User) -> Q:
    """Return the filter for business profiles: name, legal name, brand, website; contacts for those who see them."""
    sees = businesses.sees_all(user)
    found = finding.words_in(term, *BUSINESS, *(CONTACT if sees else ()))
    if sees and (digits := finding.digits_in(term)):
        found |= Q(business_contact_phone__contains=digits)
    return found | finding.part_of_id(term)


def profiles(user: User, term: str) -> Found | None:
    """Return the business profiles that a person may see and means, by name. One query."""
    if not user.has_perm(businesses.VIEW):
        return None
    rows = BusinessProfile.objects.filter(business_named(term, user))
    found, has_more = finding.first(rows[: finding.MOST + 1])
    list_url = reverse(f"admin:{businesses.NAME}_changelist")
    return Found(_("Businesses"), [_business(row) for row in found], has_more, list_url)


def _business(profile: Any) -> Hit:
    words = [profile.business_name, profile.doing_business_as, profile.corporate_website]
    said = " · ".join(word for word in words if word and word != profile.name)
    return Hit(profile.name, said, businesses.page_url(profile))


def requests(user: User, term: str) -> Found | None:
    """Return the newest requests that a person may see and means. Two queries, of a whole number three."""
    if not user.has_perm(VIEW):
        return None
    rows = found(VerificationRequest.objects.defer("remote_data"), term, user).order_by("-created_at")
    first, has_more = finding.first(rows[: finding.MOST + 1])
    turns.with_entries(first)
    return Found(_("Toll-free verifications"), [_hit(row) for row in first], has_more, reverse(LIST))


def _hit(request: VerificationRequest) -> Hit:
    numbers = ", ".join(display_number(number) for number in request.phone_numbers[:3])
    group = request.turn().group
    legal = request.business_name if request.doing_business_as else ""
    words = " · ".join(filter(None, [legal, numbers, standing.line(request)]))
    return Hit(str(request), words, page_url(request), group, group.label)
