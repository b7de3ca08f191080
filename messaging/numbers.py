"""Read phone numbers from what people type or paste: the one reader of every box.

`read_row` reads a line of a list: its numbers, the name beside each, what was changed, and what could not be read.
`read_one` reads a box that takes one number, and `normalise_number` does so where nothing may stand beside it.

Words never become digits, and digits are never guessed at. A number is one if its digits fit the numbering plan.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

import phonenumbers
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from messaging.desk.finding import digits_in

from .validators import TOLL_FREE_PREFIXES

LONGEST_NAME = 100
# What a person writes around one number is never longer.
LONGEST_PIECE = 500
SHORTEST_IN_FULL = 10

# Invisible marks that come along when a number is copied from a page, a chat or a spreadsheet.
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# A line break may be an old one (\v, \f) or one that only Unicode knows.
BREAK = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
CELLS = re.compile(r"[\t;,|]")

# What a spreadsheet shows of a number too wide for its column, or of one that was a formula.
EXPONENT = re.compile(r"(?<![\w.,])(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})(?![\w.,]\d|\w)", re.ASCII)
# A phone number has at least seven digits, so "5E3" is the name of a room.
LEAST_EXPONENT = 6
SOMETHING = re.compile(r"[\w#]")
HASHES = re.compile(r"#{3,}")
FORMULA = re.compile(r'(?<!\w)="?(\+?[\d() .-]+)"?', re.ASCII)
DECIMALS = re.compile(r"(?<![\d.,])(\+?\d{10,15})\.0+(?![\d.,])", re.ASCII)
ROUNDED = re.compile(r"1\d{5}0{5}", re.ASCII)
BARE = re.compile(r"1\d{10}", re.ASCII)
WITHOUT_PLUS = re.compile(r"(?!1\d{10}$)\d{11,15}", re.ASCII)

# One to three signs between the groups of a number, never a tab.
GAP = r"[ .\-/_]{0,3}"
NUMBER = re.compile(
    rf"""(?<![\d+])
    (?:
        (?:(?P<lead>\(?\+\(?|\(?0?011?\)?(?=[ .\-]*1)|00){GAP}\(?1\)?{GAP} | \(?1\)?{GAP})?
        [(\[]?(?P<area>\d{{3}})[)\]]?{GAP}(?P<exchange>\d{{3}}){GAP}(?P<line>\d{{4}})(?!\d)
    |
        (?P<abroad>\(?(?:\+|00(?!0)|011){GAP}\(?\d(?:/|[ .\-()]{{0,3}})(?:\d(?:/|[ .\-()]{{0,3}})){{4,24}}(?<=\d))(?!\d)
    )""",
    re.ASCII | re.VERBOSE,
)
AREA_AND_WORD = re.compile(
    r"(?P<one>\+?1[ .\-]?)?\(?(?P<area>[2-9]\d{2})\)?[ .\-]?(?P<rest>[A-Za-z0-9][A-Za-z0-9 .\-]{6,9})",
    re.ASCII,
)
EXTENSION = re.compile(
    r"[\s,;.]*(?:\(\s*)?(?:e?xt(?:ension|n)?\b|x(?=[\s.:]*\d)|#|;ext=)[\s.:#=]*\d{1,7}\b", re.I
)
DIGITS = re.compile(r"\d(?:[ .\-()/_]*\d)*")
LOCAL = re.compile(r"\d{3}[ .-]?\d{4}", re.ASCII)

LABEL = (
    r"(?:(?:cell|mobile|home|work|business|office|direct|main|fax|contact)?[ -]?"
    r"(?:tele?phone|telefono|teléfono|téléphone|telefon|phone|number|no|nr|num|tel|ph|line)"
    r"|tél|cell|cellular|mobile|mob|fax|sms|text|voice|msisdn|tn|did|[tmchwofpd])"
)
LONGEST_LABEL = 20
LABEL_ONLY = re.compile(rf"{LABEL}[.:]?(?:\s*(?:no|nr|number|#)[.:]*)?[.:]*", re.IGNORECASE)
LABEL_LAST = re.compile(rf"(?:^|(?<=[\s(,;:|/–-])){LABEL}\.?\s*[:=]\s*$", re.IGNORECASE)
LABEL_FIRST = re.compile(rf"^\s*{LABEL}\.?\s*:\s*", re.IGNORECASE)
IN_BRACKETS = re.compile(rf"[(\[]\s*{LABEL}[.:]?\s*[)\]]", re.IGNORECASE)
LISTED = re.compile(r"\s*(?:[-*•·]\s+|#?\d{1,4}[.):]\s+)")
BETWEEN = re.compile(r"[\t;,|/&]|(?<!\w)(?:or|and)(?!\w)", re.IGNORECASE)
QUOTES = "'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb"
EDGES = " \t\u00a0,;:|/&<>()[]{}=-\u2010\u2011\u2012\u2013\u2014\u2015\u2022\u00b7*" + QUOTES

# Signs and digits of other scripts, one for one, so that places in the text stay the same.
ALIKE = {
    ord(sign): plain
    for plain, signs in {
        " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
        "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d",
        ".": "\u00b7\u2022\u2024\uff0e",
        "+": "\uff0b",
        "(": "\uff08",
        ")": "\uff09",
        "/": "\uff0f\u2044\u2215",
    }.items()
    for sign in signs
}


class Change(TextChoices):
    """What was done to a line to read it. Each is said beside the number."""

    LEFT_OUT = "left_out", gettext_lazy("left out")
    HIDDEN = "hidden", gettext_lazy("hidden character removed")
    QUOTE = "quote", gettext_lazy("quotation mark removed")
    FORMULA = "formula", gettext_lazy("spreadsheet formula removed")
    DECIMALS = "decimals", gettext_lazy("spreadsheet decimals removed")
    WRITTEN_OUT = "written_out", gettext_lazy("spreadsheet form written out in full")
    PLUS = "plus", gettext_lazy("missing plus sign added")
    PREFIX = "prefix", gettext_lazy("international prefix read as a plus sign")
    LETTERS = "letters", gettext_lazy("letters read as digits")


@dataclass(frozen=True)
class Note:
    """One change, with the text it was about."""

    change: Change
    text: str = ""

    def __str__(self) -> str:
        what = str(self.change.label)
        return _("%(what)s: %(text)s") % {"what": what, "text": self.text} if self.text else what


@dataclass(frozen=True)
class Piece:
    """One piece of a line: its number in E.164 and the name beside it, or ("" as number) what is wrong with it."""

    typed: str
    number: str = ""
    name: str = ""
    notes: tuple[Note, ...] = ()
    problem: str | Promise = ""
    code: str = ""


PROBLEMS: dict[str, Promise] = {
    "not_a_number": gettext_lazy("This isn't a phone number."),
    "length": gettext_lazy("This phone number has too few or too many digits."),
    "local": gettext_lazy("This phone number has too few digits. Type it with its area code."),
    "beside": gettext_lazy(
        "There are more digits right next to the number. Put a comma or a tab between them, or leave them "
        "out."
    ),
    "damaged": gettext_lazy("This looks like a spreadsheet number that lost its digits. Type it again."),
    "narrow": gettext_lazy(
        "The spreadsheet showed ### because its column was too narrow. Widen it and copy again."
    ),
    "rounded": gettext_lazy(
        "A spreadsheet may have rounded this number. If it is right, type it with a plus sign."
    ),
    "no_plus": gettext_lazy(
        "The plus sign seems to be missing. Type the number with + and its country code."
    ),
    "area": gettext_lazy("No area code starts with 0 or 1, or ends with 11. Check the digits."),
    "exchange": gettext_lazy(
        "The three digits after the area code can't start with 0 or 1. Check the digits."
    ),
    "country": gettext_lazy("No country has a phone number like this. Check the digits."),
    "extension": gettext_lazy("Texts can't reach an extension. Remove it to use the number itself."),
    "letters": gettext_lazy("Type the number in digits: words aren't read as digits."),
    "two": gettext_lazy("This line has two phone numbers. Put a comma or a new line between them."),
    "too_long": gettext_lazy("This line is too long to be a phone number."),
}


def rows(text: str) -> list[tuple[int, str]]:
    """Return the lines of a paste that are not empty, each with its position."""
    return [
        (position, row) for position, row in enumerate(BREAK.split(text), 1) if INVISIBLE.sub("", row).strip()
    ]


def lines(text: str) -> list[str]:
    return [row.strip() for _position, row in rows(text)]


def read_row(typed: str) -> list[Piece]:
    """Read one line of a list: each of its numbers, and each piece that should be one but is not.

    The rest of a line with one number is the number's name.
    """
    text, changes = cleaned(typed)
    if not SOMETHING.search(text):
        return []
    flat = plain(text)
    found = [match for match in NUMBER.finditer(flat) if not _is_inside_a_word(flat, match)]
    if not found:
        return [replace(_without_number(text, flat), typed=typed.strip()[:LONGEST_PIECE])]
    cuts = _cuts(flat, found)
    if cuts is None:
        return [_refused(text, "two")]
    pieces: list[Piece] = []
    begins, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(text)]
    for match, begin, end in zip(found, begins, ends, strict=True):
        pieces += _piece(text, flat, match, begin, end)
    if len(pieces) == 1:
        pieces = [replace(pieces[0], typed=typed.strip()[:LONGEST_PIECE])]
    if _is_named_first(flat, found):  # one name for all the numbers after it
        pieces = [
            replace(piece, name=piece.name or pieces[0].name) if piece.number else piece for piece in pieces
        ]
    # A mark that was removed from the line is said with its first number.
    return [replace(pieces[0], notes=(*changes, *pieces[0].notes)), *pieces[1:]]


def read_one(typed: str) -> Piece:
    """Read a box that takes one number. Raise ValidationError with a sentence if there is none, or another one."""
    pieces = read_row(" ".join(BREAK.split(typed)))
    if not pieces:
        raise _error("not_a_number")
    if sum(bool(piece.number) for piece in pieces) > 1:
        raise ValidationError(_("These are two phone numbers. Type one."), "two")
    for piece in pieces:
        if not piece.number:
            raise ValidationError(str(piece.problem), piece.code)
    return pieces[0]


def normalise_number(typed: str) -> str:
    """Return a phone number in E.164, e.g. "(877) 355-4398" as "+18773554398"; ValidationError says what is wrong.

    Words beside it are refused: the box has no place for them, and nothing is left out in silence.
    """
    piece = read_one(typed)
    beside = [piece.name, *(note.text for note in piece.notes if note.change == Change.LEFT_OUT)]
    if any(beside):
        words = _("Only the number belongs here. Leave out “%(text)s”.")
        raise ValidationError(words % {"text": " ".join(filter(None, beside))}, "words")
    return piece.number


def find_number(typed: str) -> str:
    """Return the number someone searches for or confirms, in E.164, or "" if there isn't exactly one."""
    try:
        return read_one(typed).number
    except ValidationError:
        return ""


def whole_numbers(typed: str) -> list[str]:
    """Return what somebody searches for as numbers in full, if it looks like one: also with the 1 of the US before it.

    A number that Telnyx reported is found although nobody could have it.
    """
    digits = digits_in(typed)
    full = [f"+{digits}", f"+1{digits}"] if len(digits) >= SHORTEST_IN_FULL else []
    return [*filter(None, [find_number(typed)]), *full]


def first_number(text: str) -> tuple[str, str]:
    """Return the first number in a text and what comes after it, or "" for both."""
    match = NUMBER.search(plain(text))
    number, problem, _notes = _number(match) if match else ("", "", [])
    return ("", "") if match is None or problem else (number, text[match.end() :])


def has_number(text: str) -> bool:
    return NUMBER.search(plain(text)) is not None


def what_was_changed(pieces: list[Piece]) -> list[str]:
    """Return what was left out or changed in a list that keeps only the numbers, in sentences."""
    found = []
    for piece in pieces:
        beside = [_("left out: %(text)s") % {"text": piece.name}] if piece.name else []
        said = ", ".join([*beside, *map(str, piece.notes)])
        if piece.number and said:
            found.append(_("%(number)s (%(what)s)") % {"number": piece.number, "what": said})
    return found


# The steps.


def cleaned(typed: str) -> tuple[str, list[Note]]:
    """Remove what can be removed without changing a digit, and say it."""
    text, notes = typed, []
    steps = (
        (Change.HIDDEN, lambda: INVISIBLE.sub("", text)),
        (Change.FORMULA, lambda: FORMULA.sub(r"\1", text)),
        (Change.DECIMALS, lambda: DECIMALS.sub(r"\1", text)),
        (Change.WRITTEN_OUT, lambda: EXPONENT.sub(_written_out, text)),
    )
    for change, step in steps:
        after = step()
        if after != text:
            notes.append(Note(change))
        text = after
    return text.strip(), notes


def _written_out(match: re.Match[str]) -> str:
    """Return all digits of a number like 3.125550112E9, or the text as it is if some are missing."""
    first, rest, exponent = match[1], match[2] or "", int(match[3])
    return first + rest if len(rest) == exponent >= LEAST_EXPONENT else match[0]


def plain(text: str) -> str:
    """Return a text of the same length with ASCII digits, spaces, dashes and brackets."""
    return "".join(
        str(unicodedata.decimal(sign)) if sign.isdecimal() and not sign.isascii() else sign
        for sign in text.translate(ALIKE)
    )


def _is_inside_a_word(flat: str, match: re.Match[str]) -> bool:
    """Return True for the digits of "INV3125550142", but not for those of "tel3125550142"."""
    if flat.startswith("@", match.end()):
        return True
    if not match[0][0].isdigit():
        return False
    word = re.search(r"[^\W\d_]+$", flat[max(match.start() - LONGEST_LABEL, 0) : match.start()])
    return word is not None and not re.fullmatch(LABEL, word[0], re.IGNORECASE)


def _without_number(text: str, flat: str) -> Piece:
    """Say why a line has no number; the number of words read as digits is shown."""
    if piece := _vanity(text):
        return piece
    runs = [re.sub(r"\D", "", run) for run in DIGITS.findall(flat)]
    longest = max(map(len, runs), default=0)
    has_letters = re.search(r"[^\W\d_]", flat) is not None
    if len(text) > LONGEST_PIECE:
        return _refused(text, "too_long")
    if any(int(match[3]) >= LEAST_EXPONENT for match in EXPONENT.finditer(flat)):
        return _refused(text, "damaged")
    if HASHES.search(text):
        return _refused(text, "narrow")
    if any(WITHOUT_PLUS.fullmatch(run) for run in re.findall(r"(?<![\d+])\d+", flat)):
        return _refused(text, "no_plus")
    if AREA_AND_WORD.fullmatch(text.strip(EDGES)) and longest < 7 and _tight(text):
        return _refused(text, "letters")
    if longest == 7 and LOCAL.search(flat):
        return _refused(text, "local")
    return _refused(text, "length" if longest >= 7 or (longest and not has_letters) else "not_a_number")


def _tight(text: str) -> bool:
    return re.search(r"[^)\s]\s", text.strip()) is None


def _vanity(text: str) -> Piece | None:
    """Read a number that spells a word, if the line is nothing else: 1-800-FLOWERS, but not "800 Manager"."""
    match = AREA_AND_WORD.fullmatch(text)
    if match is None:
        return None
    spelled = re.sub(r"[ .\-]", "", match["rest"]).upper()
    is_free = match["area"] in TOLL_FREE_PREFIXES
    letters = sum(sign.isalpha() for sign in spelled)
    if len(spelled) != 7 or letters < 4 or not ((match["one"] and is_free) or _tight(text)):
        return None
    if not match["one"] and not is_free:
        return None
    digits = phonenumbers.convert_alpha_characters_in_number(spelled)
    problem = _plan(match["area"], digits[:3])
    if problem:
        return _refused(text, problem)
    return Piece(text, f"+1{match['area']}{digits}", notes=(Note(Change.LETTERS, text),))


def _cuts(flat: str, found: list[re.Match[str]]) -> list[re.Match[str]] | None:
    """Return where a line with several numbers is cut, or None if nothing says where.

    Names come before their numbers if the first one does.
    """
    is_named_first = _is_named_first(flat, found)
    cuts = []
    for one, other in zip(found, found[1:], strict=False):
        marks = list(BETWEEN.finditer(flat, one.end(), other.start()))
        if not marks:
            return None
        cuts.append(marks[0] if is_named_first else marks[-1])
    return cuts


def _is_named_first(flat: str, found: list[re.Match[str]]) -> bool:
    return re.search(r"[^\W\d_]", flat[: found[0].start()]) is not None


def _piece(text: str, flat: str, match: re.Match[str], begin: int, end: int) -> Iterator[Piece]:
    """Read the part of a line that belongs to one number."""
    typed = text[begin:end].strip().rstrip(",;|/&").strip()
    before, after = text[begin : match.start()], text[match.end() : end]
    if EXTENSION.match(flat[match.end() : end]):
        yield _refused(typed, "extension")
        return
    before, listed = _without_list_mark(before)
    if _digits_beside(before, after, match):
        yield _refused(typed, "beside")
        return
    if len(typed) > LONGEST_PIECE:
        yield _refused(typed, "too_long")
        return
    number, problem, notes = _number(match)
    if problem:
        yield _refused(typed, problem)
        return
    if before[-1:] in QUOTES and before or after[:1] in QUOTES and after:
        notes.append(Note(Change.QUOTE))
    name, left_out, unread = _beside(before, after)
    notes += [Note(Change.LEFT_OUT, part) for part in (*listed, *left_out)]
    yield Piece(typed, number, name, tuple(notes))
    for cell in unread:
        yield replace(_without_number(cell, plain(cell)), typed=cell)


def _without_list_mark(before: str) -> tuple[str, list[str]]:
    mark = LISTED.match(before)
    if mark is None:
        return before, []
    return before[mark.end() :], [mark[0].strip()] if re.search(r"\d", mark[0]) else []


def _digits_beside(before: str, after: str, match: re.Match[str]) -> bool:
    """Return True if digits touch the number, so that nobody can say where it begins or ends."""
    left = re.search(r"([^\W\d_][^\d]*)?\d[ .\-/(]*$", plain(before))
    right = re.match(r"[ .\-/)]*\d[\d ]*(.*)", plain(after))
    if not left and not right:
        return False
    # In "Room 12 312-555-0142" the number itself has no spaces, and a word goes with the other digits.
    group = re.sub(r"^\(?\+?1?[) .\-]*", "", match[0]) if match["area"] else match[0]
    is_tight = _tight(group)
    left_is_named = left is not None and re.search(r"[^\W\d_]", before) and before.endswith((" ", "("))
    right_is_named = right is not None and after.startswith(" ") and re.match(r"\s*[^\W\d_]", right[1])
    return not is_tight or bool(left and not left_is_named) or bool(right and not right_is_named)


def _number(match: re.Match[str]) -> tuple[str, str, list[Note]]:
    """Return the number, or the code of what is wrong with it, and what was changed."""
    notes = []
    if match["abroad"]:
        digits = re.sub(r"\D", "", match["abroad"])
        if "+" not in match["abroad"]:
            digits = re.sub("^0011|^011|^00", "", digits)
            notes.append(Note(Change.PREFIX))
        return *_abroad(re.sub(r"^\D*(?:\+|011|00)", "+", match["abroad"])), notes
    if ROUNDED.fullmatch(match[0]):
        return "", "rounded", []
    if match["lead"] and "+" not in match["lead"]:
        notes.append(Note(Change.PREFIX))
    if BARE.fullmatch(match[0]):
        notes.append(Note(Change.PLUS))
    problem = _plan(match["area"], match["exchange"])
    return f"+1{match['area']}{match['exchange']}{match['line']}", problem, notes


def _plan(area: str, exchange: str) -> str:
    """Return the code of the rule of the North American numbering plan that a number breaks.

    Only the rules that never change: which area codes are assigned, and the 555-01xx of examples, are not judged.
    """
    if area[0] in "01" or area.endswith("11"):
        return "area"
    return "exchange" if exchange[0] in "01" else ""


def _abroad(written: str) -> tuple[str, str]:
    try:
        number = phonenumbers.parse(written)
    except NumberParseException:
        return "", "country"
    # Not is_possible_number: that one accepts a number without its area code.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return "", "length"
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if number.country_code == 1:
        return e164, _plan(e164[2:5], e164[5:8])
    return e164, "" if phonenumbers.is_valid_number(number) else "country"


def _beside(before: str, after: str) -> tuple[str, list[str], list[str]]:
    """Return the name beside a number, what else was left out, and what looks like a number that can't be read."""
    left_out: list[str] = []
    unread: list[str] = []
    is_table = "\t" in before + after
    before, after = _without_labels(before, after, left_out)
    names = []
    for cell in (*CELLS.split(before), *CELLS.split(after)):
        cell = cell.strip()
        if _is_damaged(cell) or (not is_table and _looks_cut_off(cell)):
            unread.append(cell)
        elif any(sign.isalpha() for sign in cell):
            names += _named(cell, left_out)
        elif any(sign.isdigit() for sign in cell):
            left_out.append(cell.strip(EDGES))
    name = re.sub(r"\s+", " ", ", ".join(names))
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…", left_out, unread


def _named(cell: str, left_out: list[str]) -> list[str]:
    """Return the name in a cell, without the label and the signs around it."""
    if LABEL_ONLY.fullmatch(cell.strip(EDGES)):
        left_out.append(cell.strip(EDGES.replace("(", "").replace(")", "").replace(":", "")))
        return []
    name = cell.strip(EDGES)
    # A bracket or a point that belongs to the name stays: "Patel (Dr.)", "Acme Inc."
    for opening, closing in ("()", "[]"):
        if name.count(opening) > name.count(closing):
            name += closing
        elif name.count(opening) < name.count(closing):
            name = opening + name
    return [name]


def _without_labels(before: str, after: str, left_out: list[str]) -> tuple[str, str]:
    """Take "Tel.:" before a number and "(m)" after it away."""
    for pattern in (LABEL_LAST, LABEL_FIRST):
        if label := pattern.search(before):
            if label[0].strip().lower() != "tel:":  # the address of a link
                left_out.append(label[0].strip())
            before = before[: label.start()] + before[label.end() :]
    for text in (before, after):
        left_out += [label.strip() for label in IN_BRACKETS.findall(text)]
    return IN_BRACKETS.sub(" ", before), IN_BRACKETS.sub(" ", after)


def _looks_cut_off(cell: str) -> bool:
    """Return True for digits that are probably another phone number, not a year, a ZIP code or a date."""
    if any(sign.isalpha() for sign in cell):
        return False
    return sum(sign.isdigit() for sign in cell) >= 9 or LOCAL.fullmatch(cell) is not None


def _is_damaged(cell: str) -> bool:
    match = EXPONENT.fullmatch(cell)
    return HASHES.fullmatch(cell) is not None or (match is not None and int(match[3]) >= LEAST_EXPONENT)


def _refused(typed: str, code: str) -> Piece:
    return Piece(typed.strip()[:LONGEST_PIECE], problem=PROBLEMS[code], code=code)


def _error(code: str) -> ValidationError:
    return ValidationError(str(PROBLEMS[code]), code)
