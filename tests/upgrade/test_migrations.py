"""A quick look at the migrations as they are written; `./run check locks` runs them and asks PostgreSQL."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db.migrations import AddConstraint, AddIndex, AlterUniqueTogether, CreateModel, RunSQL
from django.db.migrations.loader import MigrationLoader

from tests.upgrade.big_tables import ACCEPTED, BIG
from tests.upgrade.old import RELEASED

LOCKING = (AddIndex, AddConstraint, AlterUniqueTogether)


def written() -> Iterator[tuple[str, str]]:
    """Yield each migration with each big table that it gives an index or a checked constraint, or changes by SQL."""
    for (label, name), migration in MigrationLoader(None).disk_migrations.items():
        if name[:4] <= RELEASED.get(label, ""):
            continue
        made = {step.name_lower for step in migration.operations if isinstance(step, CreateModel)}
        for step in migration.operations:
            if isinstance(step, RunSQL):
                changed = re.match(r"\s*(?:UPDATE|DELETE FROM) (\w+)", str(step.sql))
                if changed and changed[1] in BIG and changed[1] not in tables(label, made):
                    yield f"{label}.{name}", changed[1]
                continue
            if not isinstance(step, LOCKING) or isinstance(step, AddConstraintNotValid):
                continue
            model = step.model_name_lower if hasattr(step, "model_name_lower") else step.name_lower
            [table] = tables(label, {model})
            if table in BIG and model not in made:
                yield f"{label}.{name}", table


def tables(label: str, models: set[str]) -> list[str]:
    return [apps.get_model(label, model)._meta.db_table for model in models]


@pytest.mark.promise("B31")
def test_no_migration_gives_a_big_table_an_index_while_it_is_locked():
    accepted = {(migration, table) for migration, tables in ACCEPTED.items() for table in tables}

    found = set(written())

    assert found, "there are accepted ones"
    assert found <= accepted, "use OnlyInState and Build, see CONTRIBUTING.md"


def test_every_big_table_exists():
    assert set(BIG) <= {model._meta.db_table for model in apps.get_models()}
