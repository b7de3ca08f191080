"""The indexes of 0036, built while people work."""

from django.db import migrations

from messaging.mirror.building import Build


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("messaging", "0036_plain_words")]

    operations = [Build("message", "message_in_copy"), Build("message", "message_plain_words")]
