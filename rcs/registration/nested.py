"""Records whose fields lie deeper in Telnyx's JSON, and the lists of the registration API."""

from collections.abc import Iterator, Mapping
from typing import Any

from messaging.mirror.records.wire import Pages, Wire
from messaging.telnyx.client import Client
from messaging.telnyx.errors import IncompleteList, TelnyxError

from . import answers

Record = dict[str, Any]
NOTHING: tuple[Any, ...] = (None, "", [])
# Addresses have names; ours is called so, and of others' the first one counts.
PRIMARY = "primary"


def whole_list(client: Client, path: str, params: Any = ()) -> Iterator[Record]:
    """Yield every record of a list that is a bare array without pages (docs/telnyx.md, T4.26)."""
    try:
        answer = client.get(path, params)
    except TelnyxError as error:
        raise answers.read(error) from None
    if not isinstance(answer.data, list) or not all(isinstance(one, dict) for one in answer.data):
        raise IncompleteList("Telnyx's answer isn't a list of records.", answer=answer)
    yield from answer.data


class NestedWire(Wire):
    """A wire whose names are ways into the JSON, such as `contacts/brand/email`.

    `fixed` are values that go with their object if there is one.
    """

    def __init__(
        self, path: str, *, pages: Pages, status: str, id: str, fixed: Mapping[str, str], **names: str
    ) -> None:
        super().__init__(path, pages=pages, status=status, id=id, **names)
        self.fixed = fixed
        # How much of a text fits into a field. Telnyx's limits are the same, and a longer one must not stop a reading.
        self.longest: dict[str, int] = {}

    def dump(self, resource: Any) -> Record:
        """Return the JSON object of `resource` without empty values."""
        found: Record = {}
        for field, name in self.names.items():
            value = getattr(resource, field)
            if value not in NOTHING:
                _put(found, name.json, value)
        for way, value in self.fixed.items():
            if dig(found, way.rpartition("/")[0]):
                _put(found, way, value)
        return found

    def values(self, record: Mapping[str, Any]) -> Record:
        """Return the fields that lie in what `record` has; what is missing there is empty."""
        return {
            field: _text(dig(record, name.json))[: self.longest.get(field)]
            for field, name in self.names.items()
            if name.json.split("/")[0] in record
        }

    def field_for(self, pointer: str) -> str | None:
        """Return the field a pointer names, or the first one of the object it names."""
        way = pointer.strip("/")
        names = {name.json: field for field, name in self.names.items()}
        inside = (field for json, field in names.items() if json.startswith(f"{way}/"))
        return names.get(way) or (next(inside, None) if way else None)


def dig(record: Any, way: str) -> Any:
    """Return what lies there, or None."""
    for part in way.split("/"):
        if not isinstance(record, Mapping):
            return None
        record = record.get(part, next(iter(record.values()), None) if part == PRIMARY else None)
    return record


def _text(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else ""
        if value is None or isinstance(value, dict | list)
        else str(value)
    )


def _put(record: Record, way: str, value: Any) -> None:
    *above, name = way.split("/")
    for part in above:
        record = record.setdefault(part, {})
    record[name] = value


def changes(held: Mapping[str, Any], wanted: Record) -> Record:
    """Return the members of `wanted` that Telnyx holds otherwise, each whole, with what else Telnyx has in it."""
    found = {}
    for name, value in wanted.items():
        at_telnyx = _something(held.get(name))
        if isinstance(value, dict) and isinstance(at_telnyx, dict):
            value = _with_theirs(at_telnyx, value)
        if value != at_telnyx:
            found[name] = value
    return found


def _with_theirs(held: Record, ours: Record) -> Record:
    if PRIMARY in ours and held and PRIMARY not in held:
        ours = {next(iter(held)): ours[PRIMARY]}
    return held | ours


def _something(value: Any) -> Any:
    """Return a value of Telnyx without the members that are null."""
    if not isinstance(value, dict):
        return value
    return {name: _something(item) for name, item in value.items() if item is not None}
