"""The retention, and nothing else, may empty the texts of requests that have ended and of histories.

It says so by a setting of its transaction. Everything else still meets a frozen request and rows that are only added.
"""

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.building import OnlyInState

from . import _sql

DROP_TRIGGERS = """
DROP TRIGGER only_added ON mirror_attempt;
DROP TRIGGER only_added ON mirror_statuschange;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("mirror", "0010_clock_and_waiting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(_sql.GUARD_ENTRY, migrations.RunSQL.noop),
        migrations.RunSQL(_sql.ONLY_ADDED + DROP_TRIGGERS + _sql.ONLY_ADDED_TRIGGERS, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='purge',
            name='through',
        ),
        OnlyInState(
            migrations.AddIndex(
                model_name='outboxentry',
                index=models.Index(condition=models.Q(('state__in', ['accepted', 'refused', 'cancelled']), models.Q(('body', b''), ('errors', []), ('path', ''), ('reason', ''), _negated=True)), fields=['resolved_at'], name='outbox_unforgotten'),
            ),
        ),
        OnlyInState(
            migrations.AddIndex(
                model_name='webhookevent',
                index=models.Index(condition=models.Q(('body', b''), ('error', ''), _negated=True), fields=['received_at'], name='inbox_whole'),
            ),
        ),
        OnlyInState(
            migrations.AddIndex(
                model_name='webhookevent',
                index=models.Index(condition=models.Q(('body', b''), ('error', '')), fields=['received_at'], name='inbox_emptied'),
            ),
        ),
    ]
