from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Now


def used_when_made(apps, schema_editor):
    apps.get_model("messaging", "LogSearch").objects.update(used_at=F("made_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("messaging", "0013_retention"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="logsearch",
            options={
                "default_permissions": ("add",),
                "ordering": ["name", "made_at"],
                "permissions": [("remove_logsearch", "Can remove shared searches of others")],
                "verbose_name": "search in the log",
                "verbose_name_plural": "searches in the log",
            },
        ),
        migrations.RemoveIndex(model_name="logsearch", name="logsearch_shared"),
        migrations.AddField(
            model_name="logsearch",
            name="used_at",
            field=models.DateTimeField(db_default=Now(), verbose_name="last used"),
        ),
        migrations.RunPython(used_when_made, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="logsearch",
            index=models.Index(
                condition=models.Q(("name", ""), _negated=True), fields=["owner", "name"], name="logsearch_named"
            ),
        ),
        migrations.AddIndex(
            model_name="logsearch",
            index=models.Index(
                condition=models.Q(("is_shared", True)), fields=["-used_at", "id"], name="logsearch_shared"
            ),
        ),
    ]
