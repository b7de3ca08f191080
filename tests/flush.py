"""The database of a worker: copied from the run's template, and emptied after a test with transactions.

Django's own flush empties all of the about seventy tables and recreates permissions and content types. That takes most
of such a test's time, and loses the groups.
"""

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase

from tests.conftest import RUN, WORKER
from tests.stack import copy_template, drop_database

KEPT = (
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)


def empty_tables() -> None:
    """Truncate the tables that hold rows, except those of `KEPT`."""
    tables = [name for name in connection.introspection.table_names() if name not in KEPT]
    with connection.cursor() as cursor:
        asked = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables
        )
        cursor.execute(asked)
        if filled := ", ".join(f'"{name}"' for (name,) in cursor.fetchall()):
            cursor.execute(f"TRUNCATE {filled} CASCADE")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """Copy the database in which all migrations have run, in the place of running them in each worker.

    It is named after this run too, so that two runs can share a server.
    """
    server, name = os.environ["DATABASE_URL"], f"test_desk_{RUN}_{WORKER}"
    drop_database(server, name)
    copy_template(server, name)
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    with django_db_blocker.unblock():
        empty_tables()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    drop_database(server, name)


def pytest_configure() -> None:
    TransactionTestCase._fixture_teardown = lambda case: empty_tables()  # type: ignore[attr-defined]
