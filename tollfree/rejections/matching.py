"""Find the phrases in Telnyx's free text: words in any order, without regard to case, punctuation, plural or typos.

Telnyx gives no code for a reason (docs/telnyx.md, T2.11), and words the same one differently: "not accessible",
"inaccessible", "could not be opened". Phrases and texts are brought to the same plain words, then compared as sets.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

Key = TypeVar("Key")

# What is too common to tell reasons apart.
COMMON = frozenset(
    word
    for line in (
        "a an the of for to and or in on at by with within as from into about than then if so also very any all some",
        "is are be been being was were am has have had having do does did doing will would may might can could",
        "it its this that these those there your you we our us they their them which who must should shall please",
    )
    for word in line.split()
)
# Words people write together or apart.
JOINED = (
    (r"\bopt(?:ing|ed)?[\s-]*ins?\b", "optin"),
    (r"\bopt(?:ing|ed)?[\s-]*outs?\b", "optout"),
    (r"\bopt(?:ing|ed)?\s+into\b", "optin"),
    (r"\bweb[\s-]+(site|page)", r"web\1"),
    (r"\be[\s-]mail", "email"),
    (r"\bcheck[\s-]+box", "checkbox"),
    (r"\b(?:third|3rd)[\s-]*part(?:y|ies)\b", "thirdparty"),
    (r"\bsign[\s-]+up\b", "signup"),
    (r"\bage[\s-]+gat(?:e|ed|ing)\b", "agegate"),
    (r"\bmulti[\s-]*level\b", "multilevel"),
    (r"\blead[\s-]*gen(?:eration)?\b", "leadgen"),
    (r"\bcrypto[\s-]*(?:currency|currencies)\b", "crypto"),
    (r"\bsweep[\s-]*stakes?\b", "sweepstake"),
    (r"\bpay[\s-]*day\b", "payday"),
    (r"\bt\s*&\s*cs?\b", "terms conditions"),
    (r"\bdoing business as\b|\bd\.?b\.?a\b", "dba"),
    (r"\bregistration\s+(?:#|no\b\.?|num\b\.?|nr\b\.?)", "registration number "),
    (r"\bp\.?\s*o\.?\s*box\b", "pobox"),
    (r"\btext[\s-]+(?:message|messages|messaging|msg|msgs)\b", "sms"),
    (r"\bmis[\s-]+match", "mismatch"),
    (r"\b(\w+)n't\b", r"\1 not"),
    (r"\b(do|does|did|is|are|was|were|has|have|could|should|would)nt\b", r"\1 not"),
    (r"\bca not\b|\bcannot\b", "can not"),
    (r"\bwo not\b", "will not"),
    (r"\bnon[\s-]+", "not "),
    (r"\b18\+|\b21\+", "agegate"),
)  # fmt: skip
# Different words for the same objection, tried in this order: the plain word, what it may be after "not", and what else
# means the same.
OBJECTIONS = (
    (
        "inaccessible",
        "accessible accessed access reachable reached opened open load loads loaded loading working work works "
        "available live online resolve resolving",
        "unreachable, unavailable, unaccessible, unable to access, unable to open, unable to reach, unable to load, "
        "fails to load, failed to load, fails to open, failed to open, broken, offline, 404, page not found",
    ),
    (
        "mismatch",
        "match matches matched matching consistent align aligned aligns correspond fit agree related",
        "mismatches, mismatched, mismatching, inconsistent, inconsistency, inconsistencies, differs from, "
        "conflicts with, contradicts",
    ),
    (
        "unverified",
        "verified verify verifiable validated validate confirmed confirm",
        "unverifiable, unable to verify, unable to validate, unable to confirm, failed verification, "
        "fails verification, failed validation, verification failed, fails to verify, failed to verify",
    ),
    (
        "missing",
        "found find provided included submitted given supplied attached shown visible displayed present exist contain "
        "contains include show mention mentioned state stated disclosed",
        "without, lacks, lack, lacking, absent, none, no",
    ),
    (
        "insufficient",
        "sufficient adequate enough acceptable compliant valid described explained detailed",
        "insufficiently, inadequate, unacceptable, noncompliant",
    ),
    ("illegible", "legible readable clear", "unreadable, blurry, blurred, unclear"),
    ("incomplete", "complete completed", ""),
    ("insecure", "secure secured encrypted", "unsecure, unsecured, unencrypted"),
    ("invalid", "correct accurate", "incorrect, inaccurate, wrong"),
)
# Different words for the same thing.
THINGS = (
    ("5", "five"),
    ("one", "single, 1, same"),
    (
        "phone",
        "phone number, phone numbers, telephone number, telephone, mobile number, mobile phone, mobile, cell phone",
    ),
    ("number", "numbers, tfn, tfns"),
    ("tollfree", "toll free"),
    (
        "business",
        "company, companies, organization, organizations, organisation, organisations, brand, brands",
    ),
    ("website", "site, sites, websites, webpage, webpages, homepage"),
    ("url", "link, links, urls, hyperlink, hyperlinks"),
    ("image", "photo, photos, picture, pictures, screenshot, screenshots, screen shot, screen shots, images"),
    (
        "require",
        "required, requirement, requirements, requires, mandatory, compulsory, condition, conditioned, forced",
    ),
    ("optional", "voluntary, optionally"),
    ("sms", "sms messages, sms message, texts, text, messages, message, messaging"),
    ("share", "shared, shares, sharing, sold, sell, sells, disclose, discloses"),
    ("registration number", "ein, brn, tax id, tax number, tin, vat number, cbn, registration numbers"),
)
GAP = (
    r"(?: (?:been|be|publicly|fully|currently|properly|clearly|adequately|sufficiently|yet|able|to|the|it|does|do|is"
    r"|are))*"
)


def _any(words: Iterable[str]) -> str:
    """Return a pattern for any of some words, longer ones first."""
    return "|".join(sorted((re.escape(word) for word in words), key=len, reverse=True))


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


ALIKE = (
    *(
        (
            re.compile(rf"\b(?:not{GAP} (?:{_any(after_not.split())})|{_any([word, *_listed(others)])})\b"),
            word,
        )
        for word, after_not, others in OBJECTIONS
    ),
    *((re.compile(rf"\b(?:{_any([word, *_listed(others)])})\b"), word) for word, others in THINGS),
)
# Sentences that say nothing about the reason.
SAYS_NOTHING = (
    "correct resubmit",
    "review update resubmit",
    "update resubmit",
    "resubmit",
    "resubmission",
    "thank",
    "more information see",
    "more information visit",
    "refer guidelines",
    "contact support questions",
    "rejected following reasons",
    "rejection reason",
    "verification request rejected",
    "request rejected",
    "request denied",
    "error code",
    "rejected",
    "denied",
    "declined",
)
# A polite sentence with more words may say something after all.
MOST_SAID = 8
# A text without a gap is hardly a list of reasons.
LONGEST = 4000
SHORTEST_TYPO = 5


def joined(text: str) -> str:
    """Return a text in small letters, without tags, with the words joined that are written in two ways."""
    text = html.unescape(re.sub(r"<[^<>]{0,300}>", " ", text[:LONGEST]))
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    for pattern, word in JOINED:
        text = re.sub(pattern, word, text)
    return text


def surface(text: str) -> list[str]:
    """Return the words of a text as they are written."""
    return re.findall(r"[^\W_]+", joined(text))


def plain(words: Iterable[str]) -> frozenset[str]:
    """Return what the words mean, without the common ones: the stems of one word for each meaning."""
    text = " ".join(words)
    for pattern, word in ALIKE:
        text = pattern.sub(word, text)
    return frozenset(stem(word) for word in text.split() if word not in COMMON)


def stem(word: str) -> str:
    """Return a word without its usual endings: "policies" and "policy", "sharing" and "shared" become one."""
    if len(word) <= 3 or not word.isascii():
        return word
    if len(word) > 5:
        for ending in ("ing", "ed"):
            if word.endswith(ending):
                word = word.removesuffix(ending)
                break
    if word.endswith(("ches", "shes", "xes", "sses")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if word.endswith("ie") or word.endswith("y"):
        word = word.removesuffix("ie").removesuffix("y") + "i"
    return word.removesuffix("e") if len(word) > 3 else word


@lru_cache(maxsize=4096)
def phrase(text: str) -> frozenset[str]:
    """Return the plain words of a phrase."""
    return plain(surface(text))


@lru_cache(maxsize=4096)
def vocabulary(text: str) -> frozenset[str]:
    """Return the written words of a phrase, for telling slips from words."""
    return frozenset(surface(text))


# The words that are spelled right, though no phrase has them.
SPOKEN = frozenset(
    word for group in (*OBJECTIONS, *THINGS) for text in group for word in re.findall(r"[a-z]{4,}", text)
) | frozenset(("content", "contents", "contract", "contracts", "quality"))


@dataclass
class Found(Generic[Key]):
    """What was found in a text: for each key the parts of the text, and the parts that nothing explains."""

    explained: dict[Key, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def find(text: str, phrases: Mapping[Key, Iterable[str]]) -> Found[Key]:
    """Return which of the `phrases` are in a text, part by part; of two in the same words, only the closer one."""
    known = [(key, words) for key, lines in phrases.items() for line in lines if (words := phrase(line))]
    written = SPOKEN | frozenset(
        word for lines in phrases.values() for line in lines for word in vocabulary(line)
    )
    found: Found[Key] = Found()
    for part in parts(text):
        hits = dict.fromkeys(key for sentence in sentences(part) for key in _hits(sentence, known, written))
        hits = hits or dict.fromkeys(_hits(part, known, written))
        for key in hits:
            found.explained.setdefault(key, []).append(part)
        if not hits and (telling := [one for one in sentences(part) if not _says_nothing(one)]):
            found.unknown.append(" ".join(telling))
    if not found.explained and (hits := dict.fromkeys(_hits(text, known, written))):
        return Found({key: [text.strip()] for key in hits})
    if found.explained:  # one word after a semicolon belongs to what is before it
        found.unknown = [part for part in found.unknown if len(phrase(part)) > 1]
    return found


def _hits(text: str, known: Iterable[tuple[Key, frozenset[str]]], written: frozenset[str]) -> Iterator[Key]:
    words = plain(_spelled(word, written) for word in surface(text))
    hits = [(key, phrase) for key, phrase in known if phrase <= words]
    for key, phrase in hits:
        if not any(phrase < closer for other, closer in hits if other != key):
            yield key


def _spelled(word: str, written: frozenset[str]) -> str:
    """Return the known word of which this one is a slip: one letter more, less, wrong, or two swapped."""
    if len(word) < SHORTEST_TYPO or word in written or word in COMMON or not word.isalpha():
        return word
    if any(other in written for other in (word.removesuffix("s"), word + "s", word + "ed", word + "ing")):
        return word
    near = [known for known in written if len(known) >= SHORTEST_TYPO and is_slip(word, known)]
    return near[0] if len(near) == 1 else word


def is_slip(word: str, known: str) -> bool:
    """Return True if the words differ in one letter, or in the order of two neighbors, but not in the first."""
    if word[0] != known[0] or abs(len(word) - len(known)) > 1:
        return False
    start = next(
        (n for n, (one, other) in enumerate(zip(word, known, strict=False)) if one != other),
        min(len(word), len(known)),
    )
    rest, there = word[start:], known[start:]
    if rest[1:] == there or rest == there[1:] or rest[1:] == there[1:]:
        return True
    return rest[:2] == there[:2][::-1] and rest[2:] == there[2:]


def parts(text: str) -> list[str]:
    """Return the reasons in a text: what is separated by lines, semicolons, bullets or numbers."""
    text = re.sub(r"<\s*(?:br|/?p|/?li|/?ul|/?ol|/?div)\b[^<>]{0,100}>", "\n", text, flags=re.IGNORECASE)
    if re.search(r"(?:^|\s)\(?1[.)]\s", text) and re.search(r"\s\(?2[.)]\s", text):
        text = re.sub(r"(?:^|\s)\(?\d{1,2}[.)]\s+", "\n", text)
    # A semicolon may also end an entity, as in "&amp;".
    text = re.sub(r"&(\w{2,8}|#\d{1,5});", lambda entity: html.unescape(entity[0]), text)
    pieces = re.split(r"[\r\n;|•·●▪]+|^\s*[-*–]\s+", text, flags=re.MULTILINE)
    return [piece.strip() for piece in pieces if re.search(r"\w", piece)]


def sentences(text: str) -> list[str]:
    """Return the sentences of a part."""
    return [piece for piece in re.split(r"(?<=[.!?])\s+", text) if re.search(r"\w", piece)]


def _says_nothing(sentence: str) -> bool:
    """Return True if a sentence only asks to try again, or is a heading."""
    words = phrase(sentence)
    return not words or (len(words) <= MOST_SAID and any(phrase(line) <= words for line in SAYS_NOTHING))
