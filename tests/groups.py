"""The groups as the migrations leave them: a test with transactions empties every table, theirs too."""

import importlib

from django.apps import apps
from django.db import connection

# Module of the migration, its function, and the apps whose permissions it makes.
STEPS = (
    ("tollfree.migrations.0002_groups", "create_groups", ("mirror", "tollfree")),
    ("hosted.migrations.0002_groups", "extend_groups", ("messaging", "hosted")),
    ("hosted.migrations.0004_inventory", "extend_groups", ("hosted",)),
    ("messaging.migrations.0003_profiles", "extend_groups", ("messaging",)),
    ("messaging.migrations.0004_autoresponses", "extend_groups", ("messaging",)),
    ("messaging.migrations.0006_sending", "let_groups_send", ("messaging",)),
    ("messaging.migrations.0007_log_pages", "extend_groups", ("messaging",)),
    ("messaging.migrations.0008_exports", "extend_groups", ("messaging",)),
    ("messaging.migrations.0009_media", "extend_groups", ("mirror",)),
    ("rcs.migrations.0002_groups", "extend_groups", ("rcs",)),
    ("rcs.migrations.0003_messages", "let_groups_send", ("rcs",)),
    ("rcs.migrations.0004_templates", "let_groups_keep", ("rcs",)),
)


def restore_groups() -> None:
    """Run the steps again; harmless where the groups are there."""
    for module, function, labels in STEPS:
        # The step clears what it borrows; in a migration that is a throw-away registry, here the real one.
        kept = {label: apps.get_app_config(label).models_module for label in labels}
        with connection.schema_editor() as editor:
            getattr(importlib.import_module(module), function)(apps, editor)
        for label, models in kept.items():
            apps.get_app_config(label).models_module = models
