"""What keeps others waiting is found, an index is built without it, and `migrate` gives way to what people do."""

import os
from io import StringIO
from types import SimpleNamespace

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection

from messaging.management.commands import migrate
from messaging.mirror.building import Build
from tests.signing import deliver, event
from tests.stack import named
from tests.upgrade.locks import Watch

EMPTIED = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('inbox_emptied')"
TRIGGER = (
    "SELECT count(*) FROM pg_trigger WHERE tgname = 'audit_rows' AND tgrelid = 'hosted_hostedorder'::regclass"
)


def run(*statements: str) -> list[tuple]:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.promise("B31")
@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("CREATE INDEX i ON mirror_webhookevent (attempts_made)", "building index"),
        ("ALTER TABLE messaging_message ADD CHECK (parts < 100)", "verifying table"),
        ("ALTER TABLE messaging_message ADD COLUMN n uuid DEFAULT gen_random_uuid()", "rewriting table"),
        ("ALTER TABLE messaging_message ALTER parts SET NOT NULL", "verifying table"),
        ("UPDATE mirror_outboxentry SET reason = reason", "all of them at once"),
        ("ALTER TABLE messaging_message ADD COLUMN n integer NOT NULL DEFAULT 0", None),
        ("ALTER TABLE messaging_message ADD CHECK (parts < 100) NOT VALID", None),
        ("CREATE INDEX i ON hosted_hostedorder (note)", None),
    ],
)
def test_a_step_that_keeps_others_waiting_is_found(db, statement, why):
    with Watch().listening() as watch:
        run(statement)

    found = [each.why for each in watch.found]
    assert why in found[0] if why else not found


def test_rows_that_are_read_while_a_table_is_locked_are_found(db):
    with Watch().listening() as watch:
        run("ALTER TABLE mirror_attempt ADD COLUMN n integer")
        run("SELECT count(*) FROM messaging_message")

    assert [(each.table, "messaging_message" in each.why) for each in watch.found] == [
        ("mirror_attempt", True)
    ]


@pytest.mark.django_db(transaction=True)
def test_an_index_is_built_once_and_a_half_built_one_again():
    state = SimpleNamespace(apps=apps)
    step = Build("webhookevent", "inbox_emptied")

    def build() -> None:
        with connection.schema_editor(atomic=False) as editor:
            step.database_forwards("mirror", editor, state, state)

    there = run("SELECT 'inbox_emptied'::regclass::oid")
    build()
    assert run("SELECT 'inbox_emptied'::regclass::oid") == there
    run("DROP INDEX inbox_emptied")
    assert deliver(event()) == deliver(event()) == 200
    with pytest.raises(IntegrityError):
        run("CREATE UNIQUE INDEX CONCURRENTLY inbox_emptied ON mirror_webhookevent (event_type)")
    assert run(EMPTIED) == [(False,)]
    build()
    assert run(EMPTIED) == [(True,)]
    run("DROP INDEX inbox_emptied")
    build()
    assert run(EMPTIED) == [(True,)]
    assert run("SHOW lock_timeout") == [("5s",)]


@pytest.mark.promise("B31")
@pytest.mark.django_db(transaction=True)
def test_migrate_gives_way_to_a_table_in_use_and_tries_again(monkeypatch):
    monkeypatch.setattr(migrate, "PAUSE", 0.01)
    run("DROP TRIGGER audit_rows ON hosted_hostedorder")

    url = named(os.environ["DATABASE_URL"], connection.settings_dict["NAME"])
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1)) as somebody:
        somebody.execute("LOCK TABLE hosted_hostedorder IN ROW EXCLUSIVE MODE")

        class Said(StringIO):
            def write(self, text: str) -> int:
                if "in use" in text:
                    somebody.rollback()
                return super().write(text)

        said = Said()
        call_command("migrate", interactive=False, verbosity=0, stdout=said)

    assert said.getvalue().count("A table is in use") == 1
    assert run(TRIGGER) == [(1,)]
    assert run("SHOW lock_timeout") == [("5s",)]
