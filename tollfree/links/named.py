"""The web addresses that a request names, and what is stored about each."""

from typing import TYPE_CHECKING

from django.db.models import Prefetch, prefetch_related_objects

from .models import LinkCheck

if TYPE_CHECKING:
    from ..models import VerificationRequest

PRIVACY, IMAGES = "privacy_policy_url", "opt_in_workflow_image_urls"
PAGES = ("corporate_website", PRIVACY, "terms_and_condition_url")
MOST_IMAGES = 10
# In bytes; PostgreSQL indexes no more than 2700.
LONGEST = 2000
# Other addresses are wrong in themselves, which validation says.
SCHEMES = ("https://", "http://")


def named(request: "VerificationRequest") -> list[tuple[str, str]]:
    """Return field and address of everything that is opened, in the order of the form."""
    images = [text for text in request.opt_in_workflow_image_urls if isinstance(text, str)][:MOST_IMAGES]
    pairs = [
        (PAGES[0], request.corporate_website),
        *((IMAGES, text) for text in images),
        *((field, getattr(request, field)) for field in PAGES[1:]),
    ]
    return [
        (field, text)
        for field, text in dict.fromkeys(pairs)
        if text.lower().startswith(SCHEMES) and len(text.encode()) <= LONGEST
    ]


def checks(request: "VerificationRequest") -> list[LinkCheck]:
    """Return what is stored about the addresses the request names now. One query for each time it was loaded."""
    if request._state.adding:
        return []
    prefetch_related_objects([request], Prefetch("links", LinkCheck.objects.defer("thumbnail")))
    found = {(check.field, check.address): check for check in request.links.all()}
    return [found[pair] for pair in named(request) if pair in found]
