"""One index keeps an event's ID unique and finds the start of one; 0031 builds it."""

from django.db import migrations, models

from messaging.mirror.building import OnlyInState


class Migration(migrations.Migration):

    dependencies = [("mirror", "0029_built_while_working")]

    operations = [
        OnlyInState(
            migrations.AddConstraint(
                model_name="webhookevent",
                constraint=models.UniqueConstraint(
                    fields=["dedupe_key"], name="inbox_event", opclasses=["varchar_pattern_ops"]
                ),
            ),
        ),
    ]
