"""What a check found, in words. What is only not known is no warning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from . import named
from .models import LinkCheck

if TYPE_CHECKING:
    from ..models import VerificationRequest


class Level(TextChoices):
    FINE = "fine", _("Fine")
    WARNING = "warning", _("Warning")
    OPEN = "open", _("Not judged")


WORDS: dict[str, tuple[Level, Promise]] = {
    "page": (Level.FINE, _("The page opens.")),
    "image": (Level.FINE, _("The image opens (%(width)s × %(height)s pixels).")),
    # It could not be opened.
    "name": (
        Level.WARNING,
        _("This address could not be found (DNS): its domain doesn't exist. Check the spelling."),
    ),
    "connection": (
        Level.WARNING,
        _("The website didn't answer when we opened it. Check that it opens in your browser."),
    ),
    "late": (
        Level.WARNING,
        _("The website took too long to answer. Check that it opens in your browser, then check again."),
    ),
    "certificate": (
        Level.WARNING,
        _("The website's certificate isn't valid, so browsers warn people. Have the website fixed."),
    ),
    "internal": (
        Level.WARNING,
        _("This address isn't on the public internet, so a reviewer can't open it. Enter a public one."),
    ),
    "address": (
        Level.WARNING,
        _(
            "We don't open addresses with a password, a port or anything but https:// in them. Enter a "
            "plain one."
        ),
    ),
    "astray": (
        Level.WARNING,
        _("The address keeps redirecting and never arrives. Enter the address of the page itself."),
    ),
    "large": (
        Level.OPEN,
        _("It is larger than we open, so it could not be judged. Check that it opens quickly for you."),
    ),
    "garbled": (Level.OPEN, _("The website's answer could not be read, so the page was not judged.")),
    "not_now": (Level.OPEN, _("It could not be judged right now. Check again in a minute.")),
    # It answered, but not with a page.
    "password": (
        Level.WARNING,
        _("It asks for a password. Reviewers have none: make it public."),
    ),
    "forbidden": (
        Level.WARNING,
        _(
            "The website refused to show it (status 403). If it opens in a private window of your browser, "
            "it is only blocking automated checks like this one."
        ),
    ),
    "missing": (
        Level.WARNING,
        _("There is no page at this address (status %(status)s). Copy the address from your browser."),
    ),
    "broken": (
        Level.WARNING,
        _("The website isn't working (status %(status)s). Check again when it is back."),
    ),
    "busy": (Level.OPEN, _("The website asked us to come back later. Check again in a few minutes.")),
    "odd": (
        Level.WARNING,
        _("The website answered with status %(status)s instead of the page. Check that it opens for you."),
    ),
    # What is wrong with where it leads.
    "plain": (
        Level.WARNING,
        _("The page isn't encrypted (no https). Reviewers expect https://: have the website fixed."),
    ),
    "moved": (
        Level.WARNING,
        _(
            "It leads to another domain: %(domain)s. If that is the business's own, enter that address; if "
            "not, reviewers won't trust it."
        ),
    ),
    # What is wrong with a page.
    "unfinished": (
        Level.WARNING,
        _("The page looks unfinished or parked: it says “%(found)s”. Reviewers want a finished website."),
    ),
    "thin": (
        Level.WARNING,
        _("The page has almost no text. Reviewers want to read about the business there."),
    ),
    "needs_scripts": (
        Level.OPEN,
        _("The page shows its text only with JavaScript, so it could not be judged. Read it yourself."),
    ),
    "no_page": (
        Level.OPEN,
        _("It is a file (%(kind)s), not a web page, so its text was not read. Read it yourself."),
    ),
    "no_sharing": (
        Level.WARNING,
        _(
            "We could not find a sentence about sharing mobile numbers or text message opt-ins. Reviewers look for "
            "one such as “No mobile information will be shared with third parties or affiliates for marketing or "
            "promotional purposes.”"
        ),
    ),
    # What is wrong with an image.
    "web_page": (
        Level.WARNING,
        _("This is a web page, not an image. Enter the address of the image itself, ending in .png or .jpg."),
    ),
    "pdf": (
        Level.WARNING,
        _("A PDF isn't an image. Make a PNG or JPEG of it, upload that and enter its address."),
    ),
    "no_image": (
        Level.WARNING,
        _("This isn't an image that browsers show. Upload a PNG or JPEG and enter its address."),
    ),
    "pixels": (Level.WARNING, _("The image is too large to be shown (too many pixels). Make it smaller.")),
    "tiny": (
        Level.WARNING,
        _("The image is only %(width)s × %(height)s pixels. Reviewers must be able to read it."),
    ),
}


@dataclass(frozen=True)
class Said:
    """One sentence about an address."""

    code: str
    level: Level
    text: str


def said(check: LinkCheck) -> list[Said]:
    """Return what a check found."""
    return [found for each in check.findings if (found := _said(each))]


def _said(finding: Mapping[str, Any]) -> Said | None:
    known = WORDS.get(finding.get("code", ""))
    return Said(finding["code"], known[0], str(known[1]) % finding) if known else None


def warnings(request: "VerificationRequest") -> Iterator[tuple[str, str, str]]:
    """Yield code, field and words of each warning about an address that the request has now."""
    for check in named.checks(request):
        for found in said(check):
            if found.level == Level.WARNING:
                # One field holds several images; of the pages it is enough to say which one.
                is_image = check.field == named.IMAGES
                what = check.address if is_image else request._meta.get_field(check.field).verbose_name  # type: ignore[union-attr]
                yield (
                    found.code,
                    check.field,
                    gettext("%(address)s: %(text)s") % {"address": what, "text": found.text},
                )
