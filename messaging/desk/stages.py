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
# The comment of a function once all rows have their stage: until then, the next `migrate` goes on.
WRITTEN = "every row has its stage"
# Since when what needs us does, by the clocks of ours that run, and the order of what is due.
SINCE = Coalesce("remote_status_at", "created_at", output_field=models.DateTimeField())
OLDEST_FIRST = (SINCE.asc(), F("id").asc())
# What a trigger sees of all the rows of a statement.
ROWS = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}
# A count says no more than that there are more than these.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Source:
    """A table the stage depends on: `records` is a query for the keys of the records that the row `changed` is about.

    `columns` are those that matter; `only` returns the condition for the rows that do, if not all of them do.
    `many` says that one statement changes many rows about the same record: its stage is then looked at once for all.
    """

    model: str
    columns: Sequence[str]
    records: str
    only: Callable[[], str] | None = None
    many: bool = False

    def triggers(self, function: str) -> list[str]:
        """Return the triggers that call a function for exactly the changes that matter, and for no others."""
        table = apps.get_model(self.model)._meta.db_table
        if self.many:
            return [
                f"CREATE OR REPLACE TRIGGER {function}_{event.lower()} AFTER {event} ON {table}"
                f" REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
                for event, rows in ROWS.items()
            ]
        old, new = (", ".join(f"{row}.{name}" for name in self.columns) for row in ("OLD", "NEW"))
        events = {
            "INSERT": [self._only("NEW")],
            f"UPDATE OF {', '.join(self.columns)}": [f"({old}) IS DISTINCT FROM ({new})", self._only("NEW")],
            "DELETE": [self._only("OLD")],
        }
        return [
            _trigger(f"{function}_{event[:6].lower()}", f"AFTER {event} ON {table}", function, conditions)
            for event, conditions in events.items()
        ]

    def keys(self) -> tuple[str, str, str]:
        """Return the queries for the records an INSERT, a DELETE and an UPDATE are about."""
        if not self.many:
            old, new = (self.records.replace("changed.", f"{row}.") for row in ("OLD", "NEW"))
            return new, old, f"SELECT * FROM ({old}) AS of_old UNION SELECT * FROM ({new}) AS of_new"  # noqa: S608
        old, new = (", ".join(f"{rows}.{name}" for name in self.columns) for rows in ("old_rows", "new_rows"))
        both = f"old_rows JOIN new_rows USING (id) WHERE ({old}) IS DISTINCT FROM ({new})"
        return (
            self._of("new_rows"),
            self._of("old_rows"),
            f"{self._of(f'(SELECT old_rows.* FROM {both})')} UNION {self._of(f'(SELECT new_rows.* FROM {both})')}",  # noqa: S608
        )

    def _of(self, rows: str) -> str:
        return f"SELECT found.* FROM {rows} AS changed, LATERAL ({self.records}) AS found"  # noqa: S608

    def _only(self, row: str) -> str:
        return self.only().replace("changed.", f"{row}.") if self.only else ""


def entries(model: str) -> Source:
    """Return the source of every kind of record: its requests to Telnyx. Those of other kinds cost nothing."""

    def only() -> str:
        kind = ContentType.objects.get_by_natural_key(*model.lower().split("."))
        return f"changed.resource_type_id = {kind.pk}"

    return Source("mirror.OutboxEntry", ("state",), "SELECT changed.resource_id", only)


@dataclass(frozen=True)
class Stages:
    """The column of one model: its rules as an expression, and the tables they look at beside the model's own."""

    model: str
    rules: Callable[[], Any]
    sources: Sequence[Source]

    def install(self, *, using: str, **_signal: Any) -> None:
        """Make the triggers if these rules aren't the installed ones, and bring all rows up to date.

        If it is stopped halfway, the next call goes on.
        """
        connection = connections[using]
        model = apps.get_model(self.model)
        table = model._meta.db_table
        if connection.vendor != "postgresql" or COLUMN not in _columns(connection, table):
            return  # an older state of the tables
        rules = self._compiled(model, connection)
        name = f"{table}_stage"
        triggers = {name: [_trigger(name, f"BEFORE INSERT OR UPDATE ON {table}", name)]}
        bodies = {name: _own(table, rules)}
        for number, source in enumerate(self.sources):
            triggers[f"{name}_{number}"] = source.triggers(f"{name}_{number}")
            bodies[f"{name}_{number}"] = _touch(table, rules, source)
        # The triggers are named in the body, so that a change of one of them is seen too.
        functions = {name: f"\n/* {'; '.join(triggers[name])} */{body}" for name, body in bodies.items()}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT proname, prosrc, obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname = ANY(%s)",
                [list(functions)],
            )
            if {found: body for found, body, said in cursor.fetchall() if said == WRITTEN} == functions:
                return
            for name, body in functions.items():
                # Else PostgreSQL plans the rules for each row, which takes longer than answering them. The one plan
                # is often made while a table is small, and kept while it grows.
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
                    f" SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $stage${body}$stage$"
                )
                cursor.execute(f"COMMENT ON FUNCTION {name} IS NULL")
                for trigger in triggers[name]:
                    cursor.execute(trigger)
        self.refresh(model, rules, connection)
        with connection.cursor() as cursor:
            for name in functions:
                cursor.execute(f"COMMENT ON FUNCTION {name} IS '{WRITTEN}'")

    def refresh(self, model: type[models.Model], rules: str, connection: Any) -> None:
        """Let the trigger write the stage of all rows that have another one, some thousand at a time."""
        table, last = model._meta.db_table, None
        looked_at = {table, *(apps.get_model(source.model)._meta.db_table for source in self.sources)}
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(sorted(looked_at))}")
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


def _touch(table: str, rules: str, source: Source) -> str:
    """Return the body of a function that has the stage of some records written again.

    It locks the record first: of two transactions that change what its stage depends on, the second one sees both.
    The rules are asked about one row at a time, since a plan for several reads whole tables to answer for all of them.
    """
    inserted, deleted, updated = source.keys()
    return f"""
DECLARE
    keys uuid[];
    record "{table}"%ROWTYPE;
    stage text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        keys := ARRAY({inserted});
    ELSIF TG_OP = 'DELETE' THEN
        keys := ARRAY({deleted});
    ELSE
        keys := ARRAY({updated});
    END IF;
    FOR record IN SELECT * FROM "{table}" WHERE id = ANY(keys) ORDER BY id FOR NO KEY UPDATE LOOP
        SELECT {rules} INTO stage FROM (SELECT record.*) AS "{table}";
        IF stage IS DISTINCT FROM record.{COLUMN} THEN
            UPDATE "{table}" SET {COLUMN} = {COLUMN} WHERE id = record.id;
        END IF;
    END LOOP;
    RETURN NULL;
END """  # noqa: S608


def _trigger(name: str, when: str, function: str, conditions: Sequence[str] = ()) -> str:
    only = " AND ".join(filter(None, conditions))
    return (
        f"CREATE OR REPLACE TRIGGER {name} {when} FOR EACH ROW"
        f"{f' WHEN ({only})' if only else ''} EXECUTE FUNCTION {function}()"
    )


def _columns(connection: Any, table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", [table]
        )
        return {name for (name,) in cursor.fetchall()}
