"""Write many new rows at once with COPY: Django's own INSERT quotes each value, which takes most of its time."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection, models, transaction

from ..audit import context

# Fields of exactly these types hold what PostgreSQL accepts as is; preparing it would take longer than writing it.
AS_IT_IS = frozenset(
    {
        models.BooleanField,
        models.DateTimeField,
        models.ForeignKey,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.UUIDField,
    }
)
TEXTS = frozenset({models.CharField, models.TextField})


def copy_in(rows: Sequence[models.Model]) -> None:
    """Store unsaved rows of one model, all or none; ids the database assigns are not read back."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    readers = [_reader(field) for field in fields]
    with transaction.atomic(), connection.cursor() as cursor:
        context.tell(cursor)
        with cursor.copy(f"COPY {quote(meta.db_table)} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([read(row) for read in readers])


def _reader(field: models.Field) -> Callable[[models.Model], Any]:
    """Return a function that reads a field's value as PostgreSQL accepts it."""
    value = attrgetter(field.attname)
    is_set_by_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if type(field) in AS_IT_IS and not is_set_by_itself:
        return value
    if type(field) in TEXTS:
        return lambda row: None if value(row) is None else str(value(row))  # a choice is written as its value
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), connection)
