"""No one reads another person's RCS message off the record."""

from django.db import migrations


def forget_reading(apps, schema_editor):
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="rcs", codename="read_rcsmessage"
    ).delete()


class Migration(migrations.Migration):

    dependencies = [
        ("rcs", "0006_retention"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="rcsmessage",
            options={"default_permissions": ("view",), "ordering": ["-created_at"], "permissions": [("send_rcsmessage", "Can send RCS messages"), ("send_test_rcsmessage", "Can send RCS test messages")], "verbose_name": "RCS message sent from here", "verbose_name_plural": "RCS messages sent from here"},
        ),
        migrations.RunPython(forget_reading, migrations.RunPython.noop, elidable=False),
    ]
