"""When a notice was over before its person read it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("messaging", "0037_plain_words_built")]

    operations = [migrations.AddField("notice", "over_at", models.DateTimeField(null=True))]
