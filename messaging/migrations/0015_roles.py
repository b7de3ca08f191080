"""Who may do what, as in docs/roles.md: recorded views of requests, decisions by those who ask, and an audit."""

from django.db import migrations

from messaging.mirror.grants import grant

GROUPS = {
    # People who read the texts of messages on record read those of requests the same way.
    "compliance": ["reveal_outboxentry", "view_recordview"],
    # The people who ask Telnyx for something decide how it ended, and no one else does.
    "operator": ["retry_outboxentry", "resolve_outboxentry"],
    # An audit covers people too.
    "auditor": ["view_recordview", "view_user", "view_group"],
}


def forget_reading(apps, schema_editor):
    """Remove a permission that no group has: with it, messages of others could be read off the record."""
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="messaging", codename="read_composedmessage"
    ).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("messaging", "0014_saved_searches"),
        ("mirror", "0012_record_views"),
        ("tollfree", "0002_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="composedmessage",
            options={"default_permissions": ("view",), "ordering": ["-created_at"], "permissions": [("send_composedmessage", "Can send messages"), ("send_test_composedmessage", "Can send test messages"), ("cancel_composedmessage", "Can cancel a scheduled message")], "verbose_name": "message sent from here", "verbose_name_plural": "messages sent from here"},
        ),
        migrations.RunPython(grant(GROUPS, "mirror", "auth"), migrations.RunPython.noop, elidable=False),
        migrations.RunPython(forget_reading, migrations.RunPython.noop, elidable=False),
    ]
