"""How a migration gives a big table an index: built while people work, in a migration of its own without a transaction.

`./run check locks` says which migrations must do this.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

SET = "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


@contextmanager
def timeouts(connection: Any, lock: str, statement: str) -> Iterator[None]:
    """Let statements of this connection wait so long for a lock, and run so long; "0" is forever."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        before = cursor.fetchone()
        cursor.execute(SET, [lock, statement])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(SET, before)


class OnlyInState(migrations.SeparateDatabaseAndState):
    """What the models have from here on, and `Build` makes later: the place of an AddIndex or AddConstraint."""

    def __init__(self, *operations: Operation) -> None:
        super().__init__(state_operations=operations)

    def deconstruct(self) -> Any:
        return self.__class__.__qualname__, self.state_operations, {}


class Build(NotInTransactionMixin, Operation):
    """Build an index, or a unique constraint with a condition, that the model has by now; nobody waits for it.

    One that is there stays. What a migration that was stopped left unfinished is removed first.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name = model_name
        self.name = name

    def describe(self) -> str:
        """Return what it does, for `migrate --plan`."""
        return f"Build {self.name} on {self.model_name} while people work"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: `OnlyInState` did."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Build it, unless it is there and complete."""
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        connection = schema_editor.connection
        # It waits for transactions that are under way, but nobody waits for it.
        with timeouts(connection, lock="0", statement="0"), connection.cursor() as cursor:
            cursor.execute(VALID, [self.name])
            found = cursor.fetchone()
            if found == (True,):
                return
            if found:
                cursor.execute(f'DROP INDEX CONCURRENTLY "{self.name}"')
            cursor.execute(self._statement(model, schema_editor))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Leave it: the model has it before this migration as well."""

    def _statement(self, model: type[models.Model], schema_editor: Any) -> str:
        for index in model._meta.indexes:
            if index.name == self.name:
                return str(index.create_sql(model, schema_editor, concurrently=True))
        [constraint] = [each for each in model._meta.constraints if each.name == self.name]
        made = str(constraint.create_sql(model, schema_editor))
        return made.replace("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX CONCURRENTLY ", 1)


class CreateTables(Operation):
    """Create the tables of an app, in a migration for an empty database.

    Django works out all models again after each CreateModel; this lets it do so once. That is most of the time of the
    first `migrate`.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, *operations: migrations.CreateModel) -> None:
        self.operations = operations

    def describe(self) -> str:
        """Return what it does, for `migrate --plan`."""
        return f"Create {len(self.operations)} tables"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Add the models."""
        vars(state).pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Create each table."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Remove each table."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)
