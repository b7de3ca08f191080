"""The stage of each record as a column, so that lists and counts read an index however many records there are.

PostgreSQL writes the column, by triggers made of the same rules that people read: whoever changes a record or a row
its stage depends on, by whatever way, changes the stage in the same transaction. Nothing else writes it. `migrate`
installs the triggers of the rules it finds, and brings rows up to date if the rules have changed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connections, models
from django.db.models import Case, F, IntegerField, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

COLUMN = "kept_stage"
AT_ONCE = 1000
# Since when what needs us does, by the clocks of ours that run, and the order of what is due.
SINCE = Coalesce("remote_status_at", "created_at", output_field=models.DateTimeField())
OLDEST_FIRST = (SINCE.asc(), F("id").asc())
# A count says no more than that there are more than these.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Source:
    """A table the stage depends on: `records` is a query for the keys of the records that the row `changed` is about.

    `columns` are those that matter.
    """

    model: str
    columns: Sequence[str]
    records: str


def entries(model: str) -> Source:
    """Return the source of every kind of record: its requests to Telnyx."""
    app, name = model.lower().split(".")
    kind = f"SELECT id FROM django_content_type WHERE app_label = '{app}' AND model = '{name}'"  # noqa: S608
    return Source(
        "mirror.OutboxEntry",
        ("state",),
        f"SELECT changed.resource_id WHERE changed.resource_type_id = ({kind})",  # noqa: S608
    )


@dataclass(frozen=True)
class Stages:
    """The column of one model: its rules as an expression, and the tables they look at beside the model's own."""

    model: str
    rules: Callable[[], Any]
    sources: Sequence[Source]

    def install(self, *, using: str, **_signal: Any) -> None:
        """Make the triggers if these rules are not the installed ones, and bring all rows up to date."""
        connection = connections[using]
        model = apps.get_model(self.model)
        table = model._meta.db_table
        if connection.vendor != "postgresql" or COLUMN not in _columns(connection, table):
            return  # an older state of the tables
        rules = self._compiled(model, connection)
        functions = {f"{table}_stage": _own(table, rules)}
        functions |= {
            f"{table}_stage_{number}": _touch(table, rules, source.records)
            for number, source in enumerate(self.sources)
        }
        with connection.cursor() as cursor:
            cursor.execute("SELECT proname, prosrc FROM pg_proc WHERE proname = ANY(%s)", [list(functions)])
            if dict(cursor.fetchall()) == functions:
                return
            for name, body in functions.items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
                    # Else PostgreSQL plans the rules for each row, which takes longer than answering them.
                    f" SET plan_cache_mode = force_generic_plan AS $stage${body}$stage$"
                )
            own = f"BEFORE INSERT OR UPDATE ON {table}"
            cursor.execute(_trigger(f"{table}_stage", own))
            for number, source in enumerate(self.sources):
                columns, of = ", ".join(source.columns), apps.get_model(source.model)._meta.db_table
                when = f"AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {of}"
                cursor.execute(_trigger(f"{table}_stage_{number}", when))
        self.refresh(model, rules, connection)

    def refresh(self, model: type[models.Model], rules: str, connection: Any) -> None:
        """Let the trigger write the stage of all rows that have another one, some thousand at a time."""
        table, last = model._meta.db_table, None
        while True:
            rows = model._base_manager.using(connection.alias).order_by("pk")
            keys = list((rows.filter(pk__gt=last) if last else rows).values_list("pk", flat=True)[:AT_ONCE])
            if not keys:
                return
            with connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {table} SET {COLUMN} = {COLUMN} WHERE id BETWEEN %s AND %s"  # noqa: S608
                    f" AND {COLUMN} IS DISTINCT FROM ({rules.replace('%', '%%')})",
                    [keys[0], keys[-1]],
                )
            last = keys[-1]

    def _compiled(self, model: type[models.Model], connection: Any) -> str:
        query = model._base_manager.using(connection.alias).all().query
        compiler = query.get_compiler(connection=connection)
        query.get_initial_alias()
        text, values = compiler.compile(self.rules().resolve_expression(query))
        return connection.ops.compose_sql(text, values)


def column() -> models.Field:
    """Return the column. Null is what the trigger has not seen yet: a row of an older release, for a moment."""
    return models.CharField(max_length=20, null=True, editable=False)


def in_list(ours: Sequence[str]) -> list[Any]:
    """Return the order of a list: what needs us, which are these stages, then the rest, each newest first."""
    needs_us = Case(When(kept_stage__in=[str(stage) for stage in ours], then=Value(0)), default=Value(1))
    return [needs_us.asc(), F("created_at").desc()]


def indexes(name: str, ours: Sequence[str], asked: Q) -> list[models.Index]:
    """Return the indexes of a model with this column: for lists, the work of a person, counts, and the most urgent.

    Of what needs us, `asked` is what has a due date, because a clock of ours runs since the last answer.
    """
    needs_us = Q(kept_stage__in=[str(stage) for stage in ours])
    return [
        models.Index(*in_list(ours), name=f"{name}_list"),
        models.Index(F("assigned_to"), *in_list(ours), name=f"{name}_with"),
        models.Index(fields=[COLUMN, "assigned_to", "-created_at"], name=f"{name}_stage"),
        models.Index(*OLDEST_FIRST, condition=needs_us & asked, name=f"{name}_due"),
        models.Index(*OLDEST_FIRST, condition=needs_us & ~asked, name=f"{name}_undated"),
    ]


class Bounded(Subquery):
    """The number of rows, counted up to one more than MOST_COUNTED."""

    template = "(SELECT COUNT(kept_stage) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet) -> None:
        super().__init__(rows.order_by().values(COLUMN)[: MOST_COUNTED + 1])


def counted(model: type[models.Model], conditions: Mapping[str, Q]) -> dict[str, int]:
    """Return how many rows fit each condition, as far as they are counted. One query."""
    rows = model._default_manager.all()
    counts: dict[str, Any] = {name: Bounded(rows.filter(condition)) for name, condition in conditions.items()}
    # One row to select them from.
    kind = ContentType.objects.get_for_model(model)
    return cast(dict[str, int], ContentType.objects.filter(pk=kind.pk).values(**counts).get())


def touch(rows: models.QuerySet) -> None:
    """Let the trigger look at these rows again: for what changes with time alone."""
    rows.update(**{COLUMN: F(COLUMN)})


def _own(table: str, rules: str) -> str:
    return f"""
BEGIN
    SELECT {rules} INTO NEW.{COLUMN} FROM (SELECT NEW.*) AS "{table}";
    RETURN NEW;
END """  # noqa: S608


def _touch(table: str, rules: str, records: str) -> str:
    """Return the body of a function that has the stage of some records written again.

    It locks the record first: of two transactions that change what its stage depends on, the second one sees both.
    """
    found = " UNION ".join(
        f"SELECT * FROM ({records.replace('changed.', f'{row}.')}) AS of_{row.lower()}"  # noqa: S608
        for row in ("OLD", "NEW")
    )
    only = {row: f"{records.replace('changed.', f'{row}.')}" for row in ("OLD", "NEW")}
    return f"""
DECLARE
    keys uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        keys := ARRAY({only["NEW"]});
    ELSIF TG_OP = 'DELETE' THEN
        keys := ARRAY({only["OLD"]});
    ELSE
        keys := ARRAY({found});
    END IF;
    IF cardinality(keys) = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM "{table}" WHERE id = ANY(keys) ORDER BY id FOR NO KEY UPDATE;
    UPDATE "{table}" SET {COLUMN} = {COLUMN} WHERE id = ANY(keys) AND {COLUMN} IS DISTINCT FROM ({rules});
    RETURN NULL;
END """  # noqa: S608


def _trigger(name: str, when: str) -> str:
    return (
        f"DROP TRIGGER IF EXISTS {name} ON {when.rpartition(' ')[2]};"
        f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _columns(connection: Any, table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", [table]
        )
        return {name for (name,) in cursor.fetchall()}
