"""The indexes of requests and webhook events that came after 0.1.0, built while people work."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

from messaging.mirror.building import Build


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mirror", "0028_restored")]

    operations = [
        Build("outboxentry", "one_create_per_remote"),
        Build("outboxentry", "outbox_unforgotten"),
        Build("webhookevent", "inbox_state"),
        Build("webhookevent", "inbox_waits_for"),
        Build("webhookevent", "inbox_whole"),
        Build("webhookevent", "inbox_emptied"),
        ValidateConstraint("outboxentry", "accepted_create_has_remote_id"),
    ]
