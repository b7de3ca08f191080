"""The two indexes go whose work the one of 0031 does."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("mirror", "0031_event_index_built")]

    operations = [
        migrations.AlterField(
            model_name="webhookevent",
            name="dedupe_key",
            field=models.CharField(max_length=200, verbose_name="event ID"),
        ),
    ]
