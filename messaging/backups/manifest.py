"""What a backup says about itself: versions, counts, digests, and which keys it needs, never a key."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from .postgres import CannotDo

FORMAT = 1
NAME = "manifest.json"
DUMP = "database.dump"
DOCUMENTS = "documents"
CHUNK = 1 << 20

Manifest = dict[str, Any]


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup. Raise CannotDo."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CannotDo(f"{folder} is not a backup of this desk: it has no {NAME} that can be read.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise CannotDo(f"{folder} was made by another version of the desk; this one doesn't know its format.")
    return found


def about(path: Path) -> dict[str, Any]:
    """Return a file's name, size and digest."""
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return {"name": path.name, "size": size, "sha256": digest.hexdigest()}


def problems(folder: Path, manifest: Manifest) -> list[str]:
    """Return a sentence for each file of a backup that is missing, changed, or not of it."""
    expected = {folder / DUMP: manifest["dump"]}
    expected |= {folder / DOCUMENTS / each["name"]: each for each in manifest["documents"]}
    found = [_wrong(path, told) for path, told in expected.items()]
    inside = folder / DOCUMENTS
    more = sorted(path.name for path in inside.iterdir() if path not in expected) if inside.is_dir() else []
    found += [f"{DOCUMENTS}/{name} is not in the manifest." for name in more]
    return [sentence for sentence in found if sentence]


def files_in(manifest: Manifest) -> str:
    """Return how many files a backup holds, in words."""
    count = len(manifest["documents"])
    return "1 file" if count == 1 else f"{count} files"


def _wrong(path: Path, told: dict[str, Any]) -> str:
    try:
        same = about(path) == told
    except OSError:
        return f"{path.name} is missing or can't be read."
    return "" if same else f"{path.name} is not what was written: its size or its digest differs."


def fingerprint(key: str) -> str:
    """Return what names a key without giving it away."""
    return hmac.digest(key.encode(), b"telnyx-desk: which key is this", "sha256").hex()[:16]


def fingerprints(keys: Iterable[str]) -> list[str]:
    return [fingerprint(key) for key in keys]


def keys_needed() -> dict[str, list[str]]:
    """Return the fingerprints of the keys without which not everything in a backup made now can be used."""
    return {
        "DOCUMENT_KEYS": fingerprints(settings.DOCUMENT_KEYS),
        "SECRET_KEY": fingerprints([settings.SECRET_KEY]),
    }


def missing_keys(manifest: Manifest) -> list[str]:
    """Return the fingerprint of each key in DOCUMENT_KEYS at the backup that isn't there now."""
    have = fingerprints(settings.DOCUMENT_KEYS)
    return [key for key in manifest["keys"]["DOCUMENT_KEYS"] if key not in have]


def ends_sessions(manifest: Manifest) -> bool:
    """Return True if SECRET_KEY is another one now, so that everybody signs in again."""
    have = fingerprints([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])
    return not set(manifest["keys"]["SECRET_KEY"]) & set(have)
