"""What a model's fields are called in Telnyx's JSON, said once and read by everything that needs it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from messaging.telnyx.client import Client

Pages = Callable[..., Iterator[dict[str, Any]]]

# PostgreSQL stores no NUL in text or jsonb, and UTF-8 can't encode half a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def unchanged(value: Any) -> Any:
    """Return the value as is: for fields that are the same here and in Telnyx's JSON."""
    return value


@dataclass(frozen=True)
class Name:
    """A JSON name whose value has a different shape there than here."""

    json: str
    dump: Callable[[Any], Any] = unchanged
    load: Callable[[Any], Any] = unchanged


class Wire:
    """The JSON side of a resource: where it lives, how it is listed, what each field is called."""

    def __init__(self, path: str, *, pages: Pages, status: str, id: str = "id", **names: str | Name) -> None:
        self.path = path
        self.pages = pages
        self.status = status
        self.id = id
        self.names = {field: name if isinstance(name, Name) else Name(name) for field, name in names.items()}
        self._fields = {name.json: field for field, name in self.names.items()}

    def dump(self, resource: Any) -> dict[str, Any]:
        """Return the JSON object of `resource` without empty values, as optional fields require."""
        values = ((name.json, name.dump(getattr(resource, field))) for field, name in self.names.items())
        return {json: value for json, value in values if value not in (None, "", [])}

    def load(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return field values for the names in `record`; null becomes ""."""
        return self.values(storable(record))

    def values(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `load` does, for a record that is `storable`."""
        return {
            field: name.load("" if record[name.json] is None else record[name.json])
            for field, name in self.names.items()
            if name.json in record
        }

    def field_for(self, pointer: str) -> str | None:
        """Return the field that a JSON pointer names, or None: `/phoneNumbers/0` is `phone_numbers`."""
        return next((self._fields[part] for part in pointer.split("/") if part in self._fields), None)

    def remote_id(self, record: Any) -> str:
        """Return Telnyx's id in `record`, or "" if it has none."""
        found = record.get(self.id) if isinstance(record, Mapping) else None
        return str(found) if isinstance(found, str | int) and found != "" else ""

    def all(self, client: Client, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield every record Telnyx lists; raise a TelnyxError if the list isn't complete."""
        return self.pages(client, self.path, params)


def storable(value: Any) -> Any:
    """Return JSON data without the characters PostgreSQL can't store."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    # Written as JSON they are escapes, and most data has none: one search instead of one for each text.
    return value if "\\u" not in json.dumps(value, default=str) else _cleaned(value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
