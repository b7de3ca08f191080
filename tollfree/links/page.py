"""What a page says about the web addresses of a request: beside each field, and all together with a button."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from .. import summary
from ..models import LinkCheck, VerificationRequest
from . import named, words

CHANGE = "tollfree.change_verificationrequest"
FIELDS = (*named.PAGES, named.IMAGES)
REFRESH_SECONDS = 3
# An image of which a thumbnail was kept.
SEEN = frozenset({"image", "tiny"})


@dataclass(frozen=True)
class Line:
    """One address, and what is known about it."""

    field: str
    label: str
    address: str
    said: list[words.Said]
    checked_at: datetime | None
    is_waiting: bool
    thumbnail: str


def context(request: VerificationRequest, user: User) -> dict[str, Any]:
    """Return what the page of a saved request shows about its addresses, under the name `web`."""
    lines = [_line(request, check) for check in named.checks(request)]
    may_check = settings.LINK_CHECK and not request.gone_at and user.has_perm(CHANGE)
    return {
        "web": {
            "lines": lines,
            "fields": FIELDS,
            "refresh": REFRESH_SECONDS if any(line.is_waiting for line in lines) else None,
            "unchecked": len(named.named(request)) > len(lines),
            "may_check": may_check and bool(named.named(request)),
            "is_off": not settings.LINK_CHECK,
            "from": reverse("admin:tollfree_verificationrequest_links", args=[request.pk]),
        }
    }


def _line(request: VerificationRequest, check: LinkCheck) -> Line:
    has_thumbnail = any(finding.get("code") in SEEN for finding in check.findings)
    return Line(
        field=check.field,
        label=summary.label(check.field),
        address=check.address,
        said=words.said(check),
        checked_at=check.checked_at,
        is_waiting=check.due_at is not None,
        thumbnail=reverse("admin:tollfree_verificationrequest_thumbnail", args=[request.pk, check.pk])
        if has_thumbnail
        else "",
    )
