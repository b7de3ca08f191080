"""RCS messages sent from here, and the permissions: operators send anything, support and compliance send tests."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.grants import grant

VIEW = ["view_rcsmessage"]
TEST = ["send_test_rcsmessage"]

GROUPS = {
    "operator": VIEW + TEST + ["send_rcsmessage"],
    "compliance": VIEW + TEST,
    "support": VIEW + TEST,
    "approver": VIEW,
}


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0010_reading_sent'),
        ('rcs', '0002_groups'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RcsMessage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='last edited')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('sync_state', models.CharField(choices=[('draft', 'Draft'), ('queued', 'Queued'), ('sending', 'Sending'), ('accepted', 'Accepted by Telnyx'), ('refused', 'Refused by Telnyx'), ('unsure', 'Unsure')], default='draft', editable=False, max_length=10, verbose_name='our side')),
                ('remote_id', models.CharField(editable=False, max_length=100, null=True, unique=True, verbose_name='Telnyx id')),
                ('remote_status', models.CharField(blank=True, editable=False, max_length=200, verbose_name='status at Telnyx')),
                ('known_status', models.CharField(blank=True, editable=False, max_length=200)),
                ('remote_reason', models.TextField(blank=True, editable=False, verbose_name='reason given by Telnyx')),
                ('remote_status_at', models.DateTimeField(editable=False, null=True, verbose_name='status since')),
                ('remote_data', models.JSONField(default=dict, editable=False, verbose_name='what Telnyx holds')),
                ('remote_as_of', models.DateTimeField(editable=False, null=True, verbose_name='as of')),
                ('gone_at', models.DateTimeField(editable=False, null=True, verbose_name='no longer at Telnyx since')),
                ('next_poll_at', models.DateTimeField(editable=False, null=True)),
                ('poll_because', models.CharField(choices=[('api', 'Answer to our request'), ('webhook', 'Webhook'), ('sync', 'Found by polling'), ('person', 'Asked for by a person')], default='sync', editable=False, max_length=10)),
                ('recipient_count', models.PositiveSmallIntegerField(default=1, editable=False)),
                ('recipient', models.CharField(max_length=20, verbose_name='recipient')),
                ('purpose', models.CharField(choices=[('test', 'Test'), ('manual', 'To a customer')], max_length=10, verbose_name='purpose')),
                ('content', models.JSONField(default=dict, verbose_name='content')),
                ('ttl_seconds', models.PositiveIntegerField(blank=True, null=True, verbose_name='given up after, in seconds')),
                ('expire_at', models.DateTimeField(blank=True, null=True, verbose_name='given up at')),
                ('sms_fallback', models.JSONField(blank=True, null=True, verbose_name='text instead')),
                ('mms_fallback', models.JSONField(blank=True, null=True, verbose_name='picture message instead')),
                ('again_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sent_again', to='rcs.rcsmessage', verbose_name='sent again for')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='rcs.rcsagent', verbose_name='RCS agent')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('messaging_profile', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.messagingprofile', verbose_name='messaging profile')),
            ],
            options={
                'verbose_name': 'RCS message sent from here',
                'verbose_name_plural': 'RCS messages sent from here',
                'ordering': ['-created_at'],
                'permissions': [('send_rcsmessage', 'Can send RCS messages'), ('send_test_rcsmessage', 'Can send RCS test messages'), ('read_rcsmessage', 'Can read RCS messages that others sent from here')],
                'abstract': False,
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('next_poll_at__isnull', False)), fields=['next_poll_at'], name='rcsmessage_poll'), models.Index(fields=['-created_at'], name='rcsmessage_newest'), models.Index(fields=['agent', '-created_at'], name='rcsmessage_agent')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ttl_seconds', None), ('expire_at', None), _connector='OR'), name='rcsmessage_one_end')],
            },
        ),
        migrations.RunPython(grant(GROUPS, "rcs"), migrations.RunPython.noop, elidable=False),
    ]
