"""How the rules read texts: words that count, words that a "no" takes back, names, and web addresses."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .rule import Check, Hits

if TYPE_CHECKING:
    from ...models import VerificationRequest

# What people write in sentences; reviewers read all of it.
TEXTS = (
    "use_case_summary",
    "production_message_content",
    "opt_in_workflow",
    "opt_in_confirmation_response",
    "help_message_response",
    "additional_information",
)
LINKS = ("corporate_website", "privacy_policy_url", "terms_and_condition_url")
MESSAGES = ("production_message_content", "opt_in_confirmation_response", "help_message_response")


def words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


STOP = words(r"stop|unsubscribe|opt[ -]?out|revoke|arr[eê]t")
TEXTING = words(r"texts?|text(?:ed|ing)?[ -]?messag\w*|texted|texting|sms|mms|messag\w+")
# "No alcohol", "we never sell or share numbers", "alcohol-free".
NEGATION = words(
    r"no(?! (?:credit|minimum|fees?|interest|obligation|purchase|deposit|collateral)\b)|not(?! only\b)|never|without|"
    r"non|neither|nor|n[o']t|cannot|(?:do|does|is|are|was|were|wo|would|ca|did|has|have)n['’]t|nobody|none|"
    r"free (?:of|from)|exclud\w+|except|prohibit\w*|forbid\w*|forbidden|refus\w+|instead of|rather than|"
    r"quit\w*|against"
)
TURN = re.compile(r"[.!?;](?:\s|$)|\n|\b(?:but|however|although|yet)\b", re.IGNORECASE)
TAKEN_BACK = re.compile(
    r"[\s-]*(?:free\b|(?:is|are|will be|was)(?:n['’]t| not| never)\b|(?:is|are) (?:prohibited|forbidden|excluded)\b)",
    re.IGNORECASE,
)


def said(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield what a text says, without what it says is not so."""
    for match in pattern.finditer(text):
        before = TURN.split(text[: match.start()])[-1]
        if not NEGATION.search(before) and not TAKEN_BACK.match(text, match.end()):
            yield match.group()


def says(pattern: re.Pattern[str], text: str) -> bool:
    return next(said(pattern, text), None) is not None


def quoted(found: Iterable[str]) -> str:
    """Return what was found in quotation marks, each once."""
    once = dict.fromkeys(" ".join(text.split()) for text in found)
    return ", ".join(f"“{text[:60]}”" for text in once)


# Checks that are only words.


def lacks(field: str, pattern: re.Pattern[str]) -> Check:
    """Return a check that finds a text without any of these words; an empty one is not its business."""

    def check(request: "VerificationRequest") -> Hits:
        text = getattr(request, field)
        if text and not pattern.search(text):
            yield field, {}

    return check


def names(fields: Iterable[str], pattern: re.Pattern[str]) -> Check:
    """Return a check that finds unwanted words in any of these fields. The business's own name doesn't count."""

    def check(request: "VerificationRequest") -> Hits:
        for field in fields:
            if found := list(said(pattern, without_names(getattr(request, field), request))):
                yield field, {"found": quoted(found)}

    return check


def empty(field: str) -> Check:
    def check(request: "VerificationRequest") -> Hits:
        if not getattr(request, field):
            yield field, {}

    return check


# Names.

SUFFIX = words(
    r"l\.?l\.?c\.?|p\.?l\.?l\.?c\.?|l\.?l\.?p\.?|l\.?p\.?|inc\.?|incorporated|corp\.?|corporation|ltd\.?|limited|"
    r"co\.|company|p\.?c\.?|p\.?a\.?|plc|pty\.?|gmbh|s\.?a\.?s?|b\.?v\.?|ulc"
)
COMPANY = words(
    r"l\.?l\.?c\.?|p\.?l\.?l\.?c\.?|l\.?l\.?p\.?|inc\.?|incorporated|corp\.?|corporation|ltd\.?|limited|plc|gmbh"
)
WEB = re.compile(r"^(?:https?://)?(?:www\.)?")
# Words with which many names start, and by which nobody knows a business.
FILLER = frozenset({
    "the", "a", "an", "of", "and", "for", "at", "in", "on", "city", "town", "county", "village", "state",
    "department", "first", "new", "our", "your", "my", "university", "college", "school", "bank", "church",
    "community", "group", "services", "company",
})  # fmt: skip


def plain_name(name: str) -> str:
    """Return a name without its legal ending: "Larkspur Dental Group, LLC" becomes "larkspur dental group"."""
    return " ".join(re.findall(r"[\w&'’]+", SUFFIX.sub(" ", WEB.sub("", name.casefold()))))


def squeezed(text: str) -> str:
    return "".join(re.findall(r"\w", text.casefold()))


def own_names(request: "VerificationRequest") -> list[str]:
    return [name for name in (request.doing_business_as, request.business_name) if name]


def is_named(name: str, text: str) -> bool:
    """Return True if a text names the business: few messages spell out "Larkspur Dental Group LLC"."""
    plain = plain_name(name) or name.casefold()
    parts = plain.split()
    telling = [part for part in parts if part not in FILLER and len(part) > 1]
    initials = "".join(part[0] for part in parts if part not in ("of", "the", "and", "&", "for"))
    if squeezed(plain) in squeezed(text):
        return True
    spoken = set(re.findall(r"[\w&'’]+", text.casefold()))
    if telling and telling[0] in spoken:
        return True
    return len(initials) > 2 and initials in spoken  # noqa: PLR2004 - two letters name nobody


def without_names(text: str, request: "VerificationRequest") -> str:
    """Return a text without the business's own name, which may sound like anything: “Casino Pizza”."""
    for name in own_names(request):
        parts = plain_name(name).split()
        if parts:
            text = re.sub(r"\W+".join(map(re.escape, parts)), " ", text, flags=re.IGNORECASE)
    return text


# Web addresses.

# It starts only where a domain can start: from the middle of a long word, every letter would be tried.
ADDRESS = re.compile(
    r"(?:(https?)://)?(?<![a-z0-9-])(?<![a-z0-9-]\.)((?:[a-z0-9-]+\.)+[a-z]{2,})(?=[/:?#\s.,;!)”\"']|$)(/\S*)?",
    re.IGNORECASE,
)
SECOND_LEVEL = frozenset({
    "co", "com", "org", "net", "gov", "ac", "edu", "gob", "nom", "or", "ne", "go",
})  # fmt: skip


def host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def site(name: str) -> str:
    """Return what was registered of a host name: "shop.larkspur.co.uk" becomes "larkspur.co.uk"."""
    labels = name.casefold().rstrip(".").split(".")
    is_national = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL  # noqa: PLR2004
    return ".".join(labels[-3 if is_national else -2 :])


def urls(request: "VerificationRequest") -> Iterator[tuple[str, str]]:
    """Yield every web address of a request with its field, those inside messages too."""
    yield from ((field, getattr(request, field)) for field in LINKS)
    yield from (("opt_in_workflow_image_urls", url) for url in request.opt_in_workflow_image_urls)
    for field in TEXTS:
        for match in ADDRESS.finditer(getattr(request, field)):
            if getattr(request, field)[: match.start()].endswith("@"):
                continue
            scheme, name, path = match.groups()
            yield field, f"{scheme or 'https'}://{name}{path or ''}"
