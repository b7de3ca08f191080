"""A document's name on our pages, and the name it is sent to Telnyx with. On disk it has a random name."""

import re
import unicodedata

LONGEST = 100
ENDING = ".pdf"
NAMELESS = "document"
# Windows cannot open a file with one of these names, whatever follows the first dot.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
# Control, format (including marks that change the writing direction), surrogate and unassigned characters; pictures.
UNSHOWN = ("C", "So", "Sk")
PICTURE_MARKS = re.compile("[\ufe00-\ufe0f]")


def display_name(text: str) -> str:
    """Return the name to show to people: no path, nothing invisible, no pictures, at most 100 characters."""
    # Browsers write a quotation mark in a file name as %22 (WHATWG, multipart/form-data).
    name = re.split(r"[/\\]", text.replace("\0", "").replace("%22", '"'))[-1]
    name = PICTURE_MARKS.sub("", unicodedata.normalize("NFC", name))
    name = "".join(" " if is_unshown(character) else character for character in name)
    return _shaped(re.sub(r"\s+", " ", name))


def sent_name(text: str) -> str:
    """Return the file's name at Telnyx: ASCII letters, digits, dots, dashes and underscores, ending in .pdf.

    Telnyx refuses characters such as # $ % & @ in names (docs/telnyx.md, T3.14).
    """
    plain = unicodedata.normalize("NFKD", display_name(text)).encode("ascii", "ignore").decode()
    return _shaped(re.sub(r"-*\.-*", ".", re.sub(r"[^A-Za-z0-9._]+", "-", plain)))


def letter_name(customer: str) -> str:
    """Return the name of a customer's letter of authorization, to be downloaded."""
    return display_name(" - ".join(filter(None, ["Letter of authorization", customer])))


def is_unshown(character: str) -> bool:
    return unicodedata.category(character).startswith(UNSHOWN)


def _shaped(name: str) -> str:
    """Return a name that is not empty, not a device, not too long, and ends in exactly one .pdf."""
    stem = name.rstrip(" .-_")
    if stem.lower().endswith(ENDING):
        stem = stem[: -len(ENDING)]
    stem = re.sub(r"\.{2,}", ".", stem)[: LONGEST - len(ENDING) - 1].strip(" .-_") or NAMELESS
    if stem.partition(".")[0].strip().lower() in DEVICES:
        stem = f"_{stem}"
    return stem + ENDING
