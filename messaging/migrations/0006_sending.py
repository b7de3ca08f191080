"""Messages that people compose here, and who may send them: operators any, support and compliance only tests."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.grants import grant


APPS = ("messaging",)

VIEW = ["view_composedmessage"]
TEST = ["send_test_composedmessage"]
CANCEL = ["cancel_composedmessage"]

GROUPS = {
    "operator": VIEW + TEST + CANCEL + ["send_composedmessage"],
    "compliance": VIEW + TEST + CANCEL,
    "support": VIEW + TEST,
    "approver": VIEW,
}


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0005_spend_limits'),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ComposedMessage',
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
                ('kind', models.CharField(choices=[('message', 'Text or picture message'), ('group_mms', 'Group message'), ('alphanumeric_sender_id', 'Text from a name'), ('number_pool', 'From any number of a profile'), ('whatsapp', 'WhatsApp message'), ('long_code', 'From a long code only'), ('short_code', 'From a short code only'), ('schedule', 'Scheduled, the second way')], max_length=30, verbose_name='kind')),
                ('purpose', models.CharField(choices=[('test', 'Test'), ('manual', 'To a customer')], max_length=10, verbose_name='purpose')),
                ('sender', models.CharField(blank=True, max_length=40, verbose_name='sender')),
                ('recipients', models.JSONField(default=list, verbose_name='recipients')),
                ('recipient_count', models.PositiveSmallIntegerField(default=1, editable=False)),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('subject', models.CharField(blank=True, max_length=255, verbose_name='subject')),
                ('media_urls', models.JSONField(blank=True, default=list, verbose_name='media')),
                ('send_at', models.DateTimeField(blank=True, null=True, verbose_name='send at')),
                ('encoding', models.CharField(choices=[('auto', 'As the profile says'), ('gsm7', 'GSM-7 or refuse'), ('ucs2', 'UCS-2, every character as typed')], default='auto', max_length=4, verbose_name='encoding')),
                ('auto_detect', models.BooleanField(default=False, verbose_name='refuse a text of too many parts')),
                ('content', models.CharField(blank=True, choices=[('text', 'Text, within 24 hours of their last message'), ('template', 'Approved template')], max_length=10, verbose_name='content')),
                ('template', models.CharField(blank=True, max_length=512, verbose_name='template')),
                ('template_language', models.CharField(blank=True, max_length=20, verbose_name='language of the template')),
                ('template_values', models.JSONField(blank=True, default=list, verbose_name='values for the template')),
                ('again_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='sent_again', to='messaging.composedmessage', verbose_name='sent again for')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
                ('messaging_profile', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.messagingprofile', verbose_name='messaging profile')),
            ],
            options={
                'verbose_name': 'message sent from here',
                'verbose_name_plural': 'messages sent from here',
                'ordering': ['-created_at'],
                'permissions': [('send_composedmessage', 'Can send messages'), ('send_test_composedmessage', 'Can send test messages'), ('cancel_composedmessage', 'Can cancel a scheduled message')],
                'abstract': False,
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('next_poll_at__isnull', False)), fields=['next_poll_at'], name='composedmessage_poll'), models.Index(fields=['-created_at'], name='composed_newest')],
            },
        ),
        migrations.RunPython(grant(GROUPS, *APPS), migrations.RunPython.noop, elidable=False),
    ]
