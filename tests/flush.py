"""Empties the database after a test with transactions, except for what the migrations put there.

Django's own flush empties all of the about seventy tables and recreates permissions and content types. That takes most
of such a test's time, and loses the groups.
"""

from django.db import connection
from django.test import TransactionTestCase

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


def pytest_configure() -> None:
    TransactionTestCase._fixture_teardown = lambda case: empty_tables()  # type: ignore[attr-defined]
