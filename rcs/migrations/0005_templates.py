"""Keep templates of RCS messages, and let groups use them."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower

from messaging.mirror.grants import grant

VIEW = ["view_rcstemplate"]
KEEP = ["add_rcstemplate", "change_rcstemplate", "delete_rcstemplate"]

# People who send messages use them; operators maintain them (docs/roles.md).
GROUPS = {
    "operator": VIEW + KEEP,
    "compliance": VIEW,
    "approver": VIEW,
    "support": VIEW,
    "auditor": VIEW,
}


class Migration(migrations.Migration):
    dependencies = [
        ("rcs", "0004_fetched"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RcsTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("content", models.JSONField(default=dict, verbose_name="content")),
                ("sms_fallback", models.TextField(blank=True, verbose_name="text for handsets without RCS")),
                ("notes", models.TextField(blank=True, verbose_name="notes")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "RCS template",
                "verbose_name_plural": "RCS templates",
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(Lower("name"), name="one_rcstemplate_of_a_name")],
            },
        ),
        migrations.RunPython(grant(GROUPS, "rcs"), migrations.RunPython.noop, elidable=False),
    ]
