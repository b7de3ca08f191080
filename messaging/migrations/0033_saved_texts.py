"""Saved texts, and who may write text of their own: everyone who could send before still may."""

import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.building import OnlyInState
from messaging.mirror.grants import grant

# See docs/roles.md.
VIEW, WRITE, FREE = ["view_savedtext"], ["add_savedtext", "change_savedtext"], ["write_free_text"]
GROUPS = {
    "compliance": VIEW + WRITE + FREE,
    "approver": VIEW,
    "operator": VIEW + WRITE + FREE,
    "support": VIEW + FREE,
    "auditor": VIEW,
}
SEND = ("send_composedmessage", "send_test_composedmessage", "send_rcsmessage", "send_test_rcsmessage")


def whoever_sends(apps, schema_editor):
    """Give it to a team's own groups that may send, and to people who may send by a permission of their own."""
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    User = apps.get_model(settings.AUTH_USER_MODEL)
    free = Permission.objects.get(content_type__app_label="messaging", codename="write_free_text")
    sends = Permission.objects.filter(content_type__app_label__in=["messaging", "rcs"], codename__in=SEND)
    for group in Group.objects.filter(permissions__in=sends).distinct():
        group.permissions.add(free)
    for user in User.objects.filter(user_permissions__in=sends).distinct():
        user.user_permissions.add(free)


class Migration(migrations.Migration):

    dependencies = [
        ("messaging", "0032_number_assignments"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedText",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("text", models.TextField(verbose_name="text")),
                ("language", models.CharField(blank=True, max_length=40, verbose_name="language")),
                ("is_in_use", models.BooleanField(default=True, verbose_name="in use")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed")),
                ("changed_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="changed by")),
                ("created_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="created by")),
            ],
            options={
                "verbose_name": "saved text",
                "verbose_name_plural": "saved texts",
                "ordering": ["name"],
                "default_permissions": ("add", "change", "view"),
                "constraints": [models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="one_savedtext_of_a_name")],
            },
        ),
        migrations.AlterModelOptions(
            name="composedmessage",
            options={"default_permissions": ("view",), "ordering": ["-created_at"], "permissions": [("send_composedmessage", "Can send messages"), ("send_test_composedmessage", "Can send test messages"), ("cancel_composedmessage", "Can cancel a scheduled message"), ("write_free_text", "Can write messages freely, not only from saved texts")], "verbose_name": "message sent from here", "verbose_name_plural": "messages sent from here"},
        ),
        migrations.RunPython(grant(GROUPS, "messaging"), migrations.RunPython.noop, elidable=False),
        migrations.RunPython(whoever_sends, migrations.RunPython.noop, elidable=False),
        # Last, so that nothing else is done while it holds the table.
        migrations.AddField(
            model_name="composedmessage",
            name="saved_text",
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="messaging.savedtext", verbose_name="saved text"),
        ),
        OnlyInState(
            migrations.AddIndex(
                model_name="composedmessage",
                index=models.Index(condition=models.Q(("saved_text__isnull", False)), fields=["saved_text", "-created_at"], name="composed_saved_text"),
            ),
        ),
    ]
