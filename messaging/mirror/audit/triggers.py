"""Put the triggers on the watched tables, after each `migrate`: a table that is new or changed has its own then."""

from typing import Any

from django.db import connections, transaction
from psycopg import sql

from . import tables

FUNCTION = "mirror_audit"
EVENTS = {"audit_rows": "INSERT OR DELETE", "audit_changes": "UPDATE"}
INSTALLED = """
SELECT c.relname, t.tgname, t.tgargs
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.tgfoid = to_regproc(%s) AND NOT t.tgisinternal
"""


def install(using: str = "default", **_: Any) -> None:
    """Bring the triggers in line with the list of watched tables. Tables that aren't there yet are left out."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc(%s) IS NOT NULL", [FUNCTION])
        if not cursor.fetchone()[0]:
            return  # migrated to before the audit
        cursor.execute(INSTALLED, [FUNCTION])
        there = {(table, name): _read(args) for table, name, args in cursor.fetchall()}
        present = set(connection.introspection.table_names(cursor))
        wanted = {
            (each.model._meta.db_table, name): each.arguments()
            for each in tables.watched()
            for name in EVENTS
            if each.model._meta.db_table in present
        }
        # One table at a time, so that nobody waits for a lock on one while this waits for another.
        for table, name in {**there, **wanted}:
            if there.get((table, name)) == wanted.get((table, name)):
                continue
            with transaction.atomic(using=using):
                if (table, name) in there:
                    cursor.execute(
                        sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(name), sql.Identifier(table))
                    )
                if (table, name) in wanted:
                    cursor.execute(_create(table, name, wanted[table, name]))


def _read(args: bytes) -> list[str]:
    return bytes(args).decode().split("\0")[:-1]


def _create(table: str, name: str, arguments: list[str]) -> sql.Composed:
    only_if = sql.SQL("WHEN (OLD.* IS DISTINCT FROM NEW.*)") if EVENTS[name] == "UPDATE" else sql.SQL("")
    return sql.SQL("CREATE TRIGGER {} AFTER {} ON {} FOR EACH ROW {} EXECUTE FUNCTION {}({})").format(
        sql.Identifier(name),
        sql.SQL(EVENTS[name]),
        sql.Identifier(table),
        only_if,
        sql.Identifier(FUNCTION),
        sql.SQL(", ").join(map(sql.Literal, arguments)),
    )
