"""Who may do what, as docs/roles.md says it: views of requests on record, decisions by those who ask, and an audit."""

from django.db import migrations

from messaging.mirror.grants import grant

GROUPS = {
    # Who reads texts of messages on record reads those of requests the same way.
    "compliance": ["reveal_outboxentry", "view_recordview"],
    # Those who ask Telnyx for something decide what became of it, and nobody else does.
    "operator": ["retry_outboxentry", "resolve_outboxentry"],
    # An audit is about people too.
    "auditor": ["view_recordview", "view_user", "view_group"],
}


def forget_reading(apps, schema_editor):
    """Drop a permission of no group: with it a message of another was read off the record."""
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
