"""Views of requests and events, each with who, when and why."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import messaging.mirror.clock

from . import _sql

UNGUARD = """
DROP TRIGGER only_added ON mirror_recordview;
DROP FUNCTION mirror_kept_on_record();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('mirror', '0011_erasure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='outboxentry',
            options={'ordering': ['-created_at'], 'permissions': [('retry_outboxentry', 'Can retry or check an outbox entry now'), ('resolve_outboxentry', 'Can decide what became of an unclear request'), ('reveal_outboxentry', 'Can open the texts and full numbers in a request, on record')], 'verbose_name': 'outbox entry', 'verbose_name_plural': 'outbox'},
        ),
        migrations.CreateModel(
            name='RecordView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, verbose_name='kind')),
                ('key', models.CharField(max_length=40, verbose_name='record')),
                ('reason', models.CharField(max_length=300, verbose_name='why')),
                ('at', models.DateTimeField(default=messaging.mirror.clock.now, verbose_name='when')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'view of a record',
                'verbose_name_plural': 'views of records',
                'ordering': ['-id'],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['user', '-at'], name='recordview_user'), models.Index(fields=['kind', 'key'], name='recordview_record')],
            },
        ),
        migrations.RunSQL(_sql.KEPT_ON_RECORD, UNGUARD),
    ]
