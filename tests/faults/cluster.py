"""Where PostgreSQL keeps the databases of a run: in a folder for this time only, or in one that is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local import places, private


@contextmanager
def home(kept: Path | None) -> Iterator[Path]:
    """Yield the folder of PostgreSQL."""
    if kept is None:
        with private.scratch("postgresql") as directory:
            yield directory
        return
    kept.mkdir(parents=True, exist_ok=True)
    places.server_account().own(kept)
    yield kept.resolve()
