"""The index of 0030, built while people work."""

from django.db import migrations

from messaging.mirror.building import Build


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("mirror", "0030_event_index")]

    operations = [Build("webhookevent", "inbox_event")]
