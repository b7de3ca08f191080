"""Note which files came with messages, for a worker to fetch: Telnyx drops them after 30 days (T5.11)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from messaging.log import parsing, whatsapp
from messaging.log.choices import Direction
from messaging.models import MediaFile

MOST_FILES = 20
LARGEST = 1 << 40


def note(rows: Iterable[parsing.Row]) -> None:
    """Record the files of received messages, each once; one statement, or none if there are no files."""
    found = [file for row in rows if row["direction"] == Direction.INBOUND for file in _files(row)]
    if found:
        # Every process uses the same order, so that two of them cannot wait for each other.
        found.sort(key=lambda file: (file.remote_id, file.position))
        MediaFile.objects.bulk_create(found, ignore_conflicts=True)


def _files(row: parsing.Row) -> Iterator[MediaFile]:
    told = [*row["media"], *_user_file(row["body"])]
    told = (told or whatsapp.files(row["body"]) if row["type"] == whatsapp.TYPE else told)[:MOST_FILES]
    for position, item in enumerate(told):
        if item["url"]:
            size = item["size"]
            yield MediaFile(
                remote_id=row["remote_id"],
                position=position,
                url=item["url"],
                content_type=item["content_type"],
                size=size if isinstance(size, int) and 0 <= size < LARGEST else None,
            )


def _user_file(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the file of an RCS message in the shape of `media`; its thumbnail is left out (docs/telnyx.md, T4.18)."""
    told = body.get("user_file")
    payload = told.get("payload") if isinstance(told, Mapping) else None
    if not isinstance(payload, Mapping):
        return []
    url, kind = parsing.text(payload.get("file_uri"), 2083), parsing.text(payload.get("mime_type"), 100)
    return [{"url": url, "content_type": kind, "size": payload.get("file_size_bytes")}]
