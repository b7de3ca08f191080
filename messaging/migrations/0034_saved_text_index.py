"""The index of 0033, built while people work."""

from django.db import migrations

from messaging.mirror.building import Build


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("messaging", "0033_saved_texts")]

    operations = [Build("composedmessage", "composed_saved_text")]
