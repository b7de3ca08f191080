"""The zip: summary, history, bodies, answers, consent and approvals, and a manifest with the digest of each file."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.mirror.wording import Words
from messaging.models import Evidence
from messaging.team.people import name

from . import summary
from .kinds import Contents, Kind, words
from .requests import SENT
from .summary import Section, both

MANIFEST = "manifest.json"


def make(row: Evidence, kind: Kind, contents: Contents, made_at: datetime) -> tuple[bytes, bytes]:
    """Return the zip and the manifest in it."""
    title = _("Evidence %(kind)s %(about)s") % {"kind": kind.label, "about": row.about}
    sections = list(_sections(row, kind, contents, made_at))
    history = [_step(step, row.zone) for step in _oldest_first(contents)]
    data = {
        "history.json": history,
        "consent.json": [
            {"what": found.title, **{str(label): words for label, words in found.lines}}
            for found in contents.consent
        ],
        **contents.data,
    }
    files = {
        "summary.pdf": summary.pdf(title, sections),
        "summary.txt": summary.text(title, sections),
        **{file: as_json(value) for file, value in data.items()},
        **contents.files,
    }
    manifest = as_json(
        {
            "what": title,
            "made_by": f"telnyx-desk {settings.VERSION}",
            "asked_by": name(row.owner),
            "reason": row.reason,
            "made_at": made_at.astimezone(UTC).isoformat(),
            "id": str(row.key),
            "shown_in_full": list(row.opened),
            "left_out": contents.left_out,
            "files": {
                file: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
                for file, content in files.items()
            },
        }
    )
    return _zip({**files, MANIFEST: manifest}, made_at), manifest


def as_json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n").encode()


def _zip(files: Mapping[str, bytes], made_at: datetime) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            about = zipfile.ZipInfo(path, made_at.astimezone(UTC).timetuple()[:6])
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(about, content)
    return file.getvalue()


def _oldest_first(contents: Contents) -> list[Any]:
    return sorted(contents.steps, key=lambda step: step.at)


def _step(step: Any, zone: str) -> dict[str, str]:
    return {
        "at": step.at.astimezone(UTC).isoformat(),
        "at_in_words": both(step.at, zone),
        "what": str(step.title),
        "text": str(step.text),
        "who": str(getattr(step, "who", "")),
    }


def _sections(row: Evidence, kind: Kind, contents: Contents, made_at: datetime) -> Iterator[Section]:
    opened = ", ".join(words(kind, row.opened))
    yield Section(
        _("This file"),
        [
            (_("Requested by"), name(row.owner)),
            (_("Why"), row.reason),
            (_("Made"), both(made_at, row.zone)),
            (
                _("Times"),
                _("UTC first, then %(zone)s.") % {"zone": row.zone}
                if row.zone != "UTC"
                else _("All in UTC."),
            ),
            (_("Shown in full"), opened or _("Nothing that is masked for others.")),
        ],
    )
    yield Section(_("What it is about"), [(str(label), value) for label, value in contents.facts if value])
    yield Section(
        _("What happened"),
        [(both(step.at, row.zone), _told(step)) for step in _oldest_first(contents)]
        or [("", _("Nothing has happened yet."))],
    )
    if contents.requests:
        yield Section(
            _("Requests to Telnyx and its answers"),
            [(_asked(request, row.zone), "\n".join(_answered(request))) for request in contents.requests],
        )
    yield Section(
        _("Consent"),
        [
            (found.title, "\n".join(f"{label}: {value}" for label, value in found.lines if value))
            for found in contents.consent
        ]
        or [("", _("The desk knows of no opt-in and no opt-out."))],
    )
    yield Section(
        _("Approvals"),
        [(_asked_for(given, row.zone), _decided(given, row.zone)) for given in contents.approvals]
        or [("", _("No approval was asked for."))],
    )
    if contents.left_out:
        yield Section(_("Not in this file"), [("", said) for said in contents.left_out])
    yield Section(_("For engineers"), list(_for_engineers(contents)))


def _for_engineers(contents: Contents) -> Iterator[tuple[str, str]]:
    yield (
        _("How to check that nobody changed this file"),
        _(
            "The desk that made it can tell: on its server, “manage.py verify_evidence” with this zip says whether "
            "every file in it is still as it was made. It compares digests, a kind of fingerprint of each file "
            "(SHA-256), which are listed in manifest.json; the desk keeps that of the list."
        ),
    )
    if any(path.startswith(f"{SENT}/") for path in contents.files):
        yield (
            _("The files in “sent”"),
            _(
                "They are laid out in lines, to make them readable. The digest beside each request in "
                "requests-and-answers.json is that of the bytes as they were sent."
            ),
        )


def _told(step: Any) -> str:
    who = str(getattr(step, "who", ""))
    first = f"{step.title} · {who}" if who else str(step.title)
    return f"{first}\n{step.text}" if step.text else first


def _moment(text: str | None, zone: str) -> str:
    return both(datetime.fromisoformat(text), zone) if text else ""


def _asked(request: Mapping[str, Any], zone: str) -> str:
    return " · ".join(
        filter(None, [_moment(request["requested_at"], zone), request["what"], request["requested_by"]])
    )


BODIES: Mapping[str, Words] = {
    "past": gettext_lazy("What was sent: %(file)s"),
    "future": gettext_lazy("What will be sent: %(file)s"),
    "never": gettext_lazy("It was canceled before anything was sent. What would have been sent: %(file)s"),
}


def _answered(request: Mapping[str, Any]) -> Iterator[str]:
    yield " · ".join(filter(None, [request["state"], request["reason"]]))
    if request["body_file"]:
        yield BODIES[request["tense"]] % {"file": request["body_file"]}
    elif request["body_missing"]:
        yield request["body_missing"]
    for error in request["errors"]:
        yield _("Telnyx: %(text)s") % {"text": error["said"]}


def _asked_for(given: Mapping[str, Any], zone: str) -> str:
    return " · ".join(filter(None, [_moment(given["asked_at"], zone), given["what"], given["asked_by"]]))


def _decided(given: Mapping[str, Any], zone: str) -> str:
    said: Sequence[str] = (
        given["decision"],
        given["decided_by"],
        _moment(given["decided_at"], zone),
        given["words"],
    )
    return " · ".join(filter(None, said))


# Checking one.


class NotOurs(Exception):
    """The file is no whole evidence file; the message says why, in words for people."""


def check(content: bytes) -> bytes:
    """Return the manifest of a zip whose files all have the digests it lists. Raise NotOurs otherwise."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) != len(set(names)) or MANIFEST not in names:
                raise NotOurs("It has no manifest, or the same file twice.")
            manifest = archive.read(MANIFEST)
            listed = json.loads(manifest)["files"]
            if set(names) - {MANIFEST} != set(listed):
                raise NotOurs("A file was added or removed.")
            for file, about in listed.items():
                if hashlib.sha256(archive.read(file)).hexdigest() != about["sha256"]:
                    raise NotOurs(f"{file} was changed.")
    except NotOurs:
        raise
    except Exception as error:
        raise NotOurs("It can't be read as an evidence file.") from error
    return manifest
