"""The migrations up to 0029_built_while_working in one, for an empty database. Others go on with those they haven't run."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import messaging.mirror.clock
import messaging.mirror.models.outbox
import uuid
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.building import CreateTables
from messaging.mirror.grants import grant

from . import _sql

GUARDS = """
CREATE TRIGGER guard_entry BEFORE UPDATE ON mirror_outboxentry
    FOR EACH ROW EXECUTE FUNCTION mirror_guard_entry();
"""
UNGUARD = """
DROP FUNCTION mirror_guard_entry, mirror_only_added, mirror_kept_on_record, mirror_dated_here, mirror_audit,
    mirror_audit_guard, mirror_audit_seal, mirror_audit_hash, mirror_audit_empty, mirror_audit_erase,
    mirror_audit_digest, mirror_audit_content CASCADE
"""

# See docs/roles.md.
GROUPS = {
    "approver": [
        "view_incident",
    ],
    "auditor": [
        "view_import",
        "view_auditentry",
        "export_auditentry",
        "view_apicall",
        "view_incident",
    ],
    "compliance": [
        "view_import",
        "import_from_telnyx",
        "view_incident",
    ],
    "operator": [
        "view_import",
        "import_from_telnyx",
        "view_incident",
    ],
}


class Migration(migrations.Migration):

    replaces = [
        ("mirror", "0001_initial"),
        ("mirror", "0002_guards"),
        ("mirror", "0003_sealed_bodies"),
        ("mirror", "0004_outbox_state"),
        ("mirror", "0005_drain_rounds"),
        ("mirror", "0006_recovery_and_retention"),
        ("mirror", "0007_creates"),
        ("mirror", "0008_recovery_pages"),
        ("mirror", "0009_fetched"),
        ("mirror", "0010_clock_and_waiting"),
        ("mirror", "0011_erasure"),
        ("mirror", "0012_record_views"),
        ("mirror", "0013_log_clock"),
        ("mirror", "0014_lowest_reading"),
        ("mirror", "0015_plain_words"),
        ("mirror", "0016_received"),
        ("mirror", "0017_known_copies"),
        ("mirror", "0018_imports"),
        ("mirror", "0019_audit"),
        ("mirror", "0020_replays"),
        ("mirror", "0021_api_log"),
        ("mirror", "0022_refused"),
        ("mirror", "0023_outbox_acts"),
        ("mirror", "0024_open_differences"),
        ("mirror", "0025_tallies"),
        ("mirror", "0026_request_ids"),
        ("mirror", "0027_incidents"),
        ("mirror", "0028_restored"),
        ("mirror", "0029_built_while_working"),
    ]

    initial = True

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables(
            migrations.CreateModel(
                name='AuditEntry',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(verbose_name='when')),
                    ('label', models.CharField(max_length=100)),
                    ('key', models.CharField(max_length=100)),
                    ('action', models.CharField(choices=[('insert', 'Added'), ('update', 'Changed'), ('delete', 'Deleted')], max_length=6, verbose_name='what')),
                    ('user_id', models.IntegerField(null=True)),
                    ('actor', models.CharField(max_length=150, verbose_name='who')),
                    ('page', models.CharField(max_length=200, verbose_name='page')),
                    ('request_id', models.CharField(max_length=32)),
                    ('source', models.CharField(max_length=100)),
                    ('cause', models.CharField(max_length=100)),
                    ('xact', models.BigIntegerField()),
                    ('before', models.JSONField(default=dict)),
                    ('after', models.JSONField(default=dict)),
                    ('numbers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                    ('erased', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                    ('salt', models.BinaryField()),
                    ('content', models.BinaryField()),
                    ('digest', models.BinaryField()),
                ],
                options={
                    'verbose_name': 'change on record',
                    'verbose_name_plural': 'changes on record',
                    'ordering': ['-at', '-id'],
                    'permissions': [('export_auditentry', 'Can export changes on record')],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(fields=['at', 'id'], name='audit_at'), models.Index(fields=['user_id', 'at', 'id'], name='audit_user'), models.Index(fields=['label', 'key', 'at', 'id'], name='audit_record'), models.Index(condition=models.Q(('label', 'admin.logentry')), fields=['xact'], name='audit_act'), django.contrib.postgres.indexes.GinIndex(fastupdate=True, fields=['numbers'], name='audit_numbers')],
                },
            ),
            migrations.CreateModel(
                name='AuditSeal',
                fields=[
                    ('day', models.DateField(primary_key=True, serialize=False, verbose_name='day')),
                    ('rows', models.PositiveBigIntegerField(verbose_name='rows')),
                    ('first_id', models.BigIntegerField(null=True)),
                    ('last_id', models.BigIntegerField(null=True)),
                    ('runs', models.JSONField(default=list)),
                    ('marks', models.BinaryField()),
                    ('previous', models.BinaryField()),
                    ('sha256', models.BinaryField()),
                    ('sealed_at', models.DateTimeField(verbose_name='sealed')),
                    ('emptied_at', models.DateTimeField(null=True, verbose_name='rows deleted')),
                ],
                options={
                    'verbose_name': 'sealed day of the audit',
                    'verbose_name_plural': 'sealed days of the audit',
                    'ordering': ['day'],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='StatusChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('resource_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype')),
                    ('resource_id', models.UUIDField()),
                    ('status', models.CharField(max_length=200, verbose_name='status')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('occurred_at', models.DateTimeField(verbose_name='happened at Telnyx')),
                    ('source', models.CharField(choices=[('api', 'Answer to our request'), ('webhook', 'Webhook'), ('fetched', 'Webhook that never reached us, fetched from Telnyx'), ('sync', 'Found by polling'), ('person', 'Requested by a person')], max_length=10, verbose_name='source')),
                    ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded')),
                ],
                options={
                    'verbose_name': 'status change',
                    'verbose_name_plural': 'status changes',
                    'ordering': ['-occurred_at', '-id'],
                    'constraints': [models.UniqueConstraint(models.F('resource_type'), models.F('resource_id'), models.F('occurred_at'), models.F('status'), django.db.models.functions.text.MD5('reason'), name='one_fact_once')],
                },
            ),
            migrations.CreateModel(
                name='OutboxEntry',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('resource_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype')),
                    ('resource_id', models.UUIDField()),
                    ('operation', models.CharField(max_length=40, verbose_name='operation')),
                    ('method', models.CharField(max_length=6, verbose_name='method')),
                    ('path', models.CharField(max_length=500, verbose_name='path')),
                    ('content_type', models.CharField(default='application/json', max_length=200)),
                    ('body', models.BinaryField()),
                    ('is_sealed', models.BooleanField(default=False)),
                    ('moves_record', models.BooleanField(default=True)),
                    ('body_sha256', models.CharField(max_length=64)),
                    ('callback_token', models.CharField(default=messaging.mirror.models.outbox.callback_token, max_length=32, unique=True)),
                    ('form_token', models.CharField(max_length=64, null=True, unique=True)),
                    ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='queued')),
                    ('request_id', models.CharField(blank=True, db_default='', default='', max_length=36)),
                    ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending now'), ('blocked', 'Stopped: Telnyx refuses our key'), ('unsure', 'Checking with Telnyx'), ('needs_person', 'Needs your decision'), ('accepted', 'Received by Telnyx'), ('refused', 'Refused by Telnyx'), ('cancelled', 'Canceled')], default='queued', max_length=12, verbose_name='state')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('not_before', models.DateTimeField(verbose_name='next step not before')),
                    ('attempts_made', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                    ('lease_token', models.UUIDField(null=True)),
                    ('claimed_at', models.DateTimeField(null=True)),
                    ('send_started_at', models.DateTimeField(null=True)),
                    ('sends', models.PositiveSmallIntegerField(default=0)),
                    ('checks', models.PositiveSmallIntegerField(default=0)),
                    ('negatives', models.PositiveSmallIntegerField(default=0)),
                    ('http_status', models.PositiveSmallIntegerField(null=True)),
                    ('errors', models.JSONField(default=list)),
                    ('remote_id', models.CharField(max_length=100, null=True, verbose_name='Telnyx ID')),
                    ('resolution', models.CharField(blank=True, choices=[('answered', 'Telnyx answered'), ('adopted', 'Found at Telnyx'), ('person', 'Decided by a person')], max_length=10)),
                    ('resolved_at', models.DateTimeField(null=True, verbose_name='settled')),
                ],
                options={
                    'verbose_name': 'outbox entry',
                    'verbose_name_plural': 'outbox',
                    'ordering': ['-created_at'],
                    'permissions': [('retry_outboxentry', 'Can retry or check an outbox entry now'), ('resolve_outboxentry', 'Can decide what happened to an unclear request'), ('reveal_outboxentry', 'Can open the texts and full numbers in a request, on record')],
                    'indexes': [models.Index(condition=models.Q(('state__in', ['queued', 'sending', 'unsure', 'blocked'])), fields=['not_before'], name='outbox_due'), models.Index(fields=['resource_type', 'resource_id', '-created_at'], name='outbox_resource'), models.Index(fields=['-created_at'], name='outbox_newest'), models.Index(fields=['state', '-created_at'], name='outbox_state'), models.Index(condition=models.Q(('state__in', ['accepted', 'refused', 'cancelled']), models.Q(('body', b''), ('errors', []), ('path', ''), ('reason', ''), _negated=True)), fields=['resolved_at'], name='outbox_unforgotten')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'refused', 'cancelled']), _negated=True), ('moves_record', True)), fields=('resource_type', 'resource_id'), name='one_open_per_resource'), models.UniqueConstraint(condition=models.Q(('state__in', ['accepted', 'refused', 'cancelled']), _negated=True), fields=('resource_type', 'resource_id', 'operation'), name='one_open_per_operation'), models.UniqueConstraint(condition=models.Q(('operation__startswith', 'create'), ('remote_id__isnull', False)), fields=('resource_type', 'remote_id'), name='one_create_per_remote'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_token__isnull', False), _connector='OR'), name='sending_is_leased'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'unsure'), _negated=True), ('send_started_at__isnull', False), _connector='OR'), name='unsure_was_sent'), models.CheckConstraint(condition=models.Q(models.Q(('operation__startswith', 'create'), ('state', 'accepted'), _negated=True), ('remote_id__isnull', False), _connector='OR'), name='accepted_create_has_remote_id'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state__in', ['accepted', 'refused', 'cancelled'])), ('resolved_at__isnull', False)), models.Q(models.Q(('state__in', ['accepted', 'refused', 'cancelled']), _negated=True), ('resolved_at__isnull', True)), _connector='OR'), name='ended_has_a_time')],
                },
            ),
            migrations.CreateModel(
                name='ApiCall',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(default=messaging.mirror.clock.now, verbose_name='when')),
                    ('method', models.CharField(max_length=10, verbose_name='method')),
                    ('path', models.CharField(max_length=1000, verbose_name='path')),
                    ('content_type', models.CharField(blank=True, max_length=200)),
                    ('purpose', models.CharField(choices=[('send', 'Send a request'), ('check', 'Check a request'), ('poll', 'Follow a record'), ('lists', 'Read lists'), ('import', 'Import from Telnyx'), ('webhooks', 'Look for lost webhooks'), ('probe', 'Test the API key'), ('person', 'Somebody asked'), ('other', 'Other work of the desk')], max_length=10, verbose_name='purpose')),
                    ('entry', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='mirror.outboxentry')),
                    ('asked_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                    ('source', models.CharField(blank=True, max_length=120, verbose_name='made by')),
                    ('status', models.PositiveSmallIntegerField(null=True, verbose_name='HTTP status')),
                    ('answered', models.PositiveSmallIntegerField(choices=[(0, 'No answer'), (2, '2xx: done'), (3, '3xx: sent elsewhere'), (4, '4xx: refused'), (5, '5xx: failed at Telnyx')], verbose_name='answer')),
                    ('milliseconds', models.PositiveIntegerField(verbose_name='ms')),
                    ('request_id', models.CharField(blank=True, max_length=100, verbose_name='Telnyx request ID')),
                    ('codes', models.CharField(blank=True, max_length=100, verbose_name='codes')),
                    ('error', models.CharField(blank=True, max_length=60, verbose_name='error')),
                    ('request_size', models.PositiveIntegerField(default=0)),
                    ('answer_size', models.PositiveIntegerField(default=0)),
                    ('request_body', models.BinaryField(default=b'')),
                    ('answer_body', models.BinaryField(default=b'')),
                    ('held_key', models.BooleanField(default=False)),
                ],
                options={
                    'verbose_name': 'API call',
                    'verbose_name_plural': 'API calls',
                    'ordering': ['-id'],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(fields=['at'], name='apicall_at'), models.Index(fields=['purpose', '-id'], name='apicall_purpose'), models.Index(fields=['answered', '-id'], name='apicall_answered'), models.Index(fields=['method', '-id'], name='apicall_method'), models.Index(condition=models.Q(('milliseconds__gte', 2000)), fields=['-id'], name='apicall_slow'), models.Index(condition=models.Q(('entry__isnull', False)), fields=['entry', '-id'], name='apicall_entry'), models.Index(condition=models.Q(('request_id', ''), _negated=True), fields=['request_id'], name='apicall_request')],
                },
            ),
            migrations.CreateModel(
                name='Attempt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='mirror.outboxentry')),
                    ('outcome', models.CharField(choices=[('accepted', 'Received by Telnyx'), ('refused', 'Refused by Telnyx'), ('not_sent', 'Nothing was sent'), ('slowed', 'Telnyx asked us to slow down'), ('blocked', 'Telnyx refuses our key'), ('unknown', 'Answer lost'), ('worker_lost', 'Our worker stopped'), ('found', 'Checked: Telnyx has it'), ('absent', 'Checked: Telnyx does not have it'), ('unclear', 'Checked: unclear'), ('check_failed', 'Check failed'), ('restored', 'Restored from a backup'), ('late_success', 'Answer came after the entry was settled')], max_length=12, verbose_name='outcome')),
                    ('worker', models.CharField(max_length=120, verbose_name='worker')),
                    ('started_at', models.DateTimeField(null=True, verbose_name='started')),
                    ('finished_at', models.DateTimeField(auto_now_add=True, verbose_name='finished')),
                    ('milliseconds', models.PositiveIntegerField(null=True, verbose_name='ms')),
                    ('http_status', models.PositiveSmallIntegerField(null=True, verbose_name='HTTP status')),
                    ('codes', models.JSONField(default=list, verbose_name='codes')),
                    ('request_id', models.CharField(blank=True, max_length=200, verbose_name='Telnyx request ID')),
                    ('error', models.CharField(blank=True, max_length=500, verbose_name='error')),
                ],
                options={
                    'verbose_name': 'attempt',
                    'verbose_name_plural': 'attempts',
                    'ordering': ['-id'],
                },
            ),
            migrations.CreateModel(
                name='KnownCopy',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('resource_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype')),
                    ('resource_id', models.UUIDField()),
                    ('held', models.JSONField(default=dict)),
                    ('settled', models.JSONField(default=dict)),
                    ('entry_id', models.UUIDField(null=True)),
                    ('open_since', models.DateTimeField(null=True)),
                ],
                options={
                    'verbose_name': 'known copy at Telnyx',
                    'verbose_name_plural': 'known copies at Telnyx',
                    'default_permissions': (),
                    'indexes': [models.Index(condition=models.Q(('open_since__isnull', False)), fields=['resource_type', 'open_since'], name='knowncopy_open')],
                    'constraints': [models.UniqueConstraint(fields=('resource_type', 'resource_id'), name='one_known_copy')],
                },
            ),
            migrations.CreateModel(
                name='PortalChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('resource_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype')),
                    ('resource_id', models.UUIDField()),
                    ('changes', models.JSONField(verbose_name='changes')),
                    ('noticed_at', models.DateTimeField(verbose_name='noticed')),
                    ('source', models.CharField(choices=[('api', 'Answer to our request'), ('webhook', 'Webhook'), ('fetched', 'Webhook that never reached us, fetched from Telnyx'), ('sync', 'Found by polling'), ('person', 'Requested by a person')], max_length=10, verbose_name='source')),
                    ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='recorded')),
                ],
                options={
                    'verbose_name': "change in Telnyx's portal",
                    'verbose_name_plural': "changes in Telnyx's portal",
                    'ordering': ['-noticed_at', '-id'],
                    'default_permissions': (),
                    'indexes': [models.Index(fields=['resource_type', 'resource_id'], name='portalchange_record')],
                },
            ),
            migrations.CreateModel(
                name='Pace',
                fields=[
                    ('endpoint', models.CharField(max_length=200, primary_key=True, serialize=False)),
                    ('next_at', models.DateTimeField()),
                    ('paused_until', models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Gate',
                fields=[
                    ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                    ('closed_at', models.DateTimeField(null=True)),
                    ('reason', models.CharField(blank=True, max_length=500)),
                    ('probe_at', models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Heartbeat',
                fields=[
                    ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                    ('seen_at', models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name='ClockReading',
                fields=[
                    ('name', models.CharField(max_length=120, primary_key=True, serialize=False)),
                    ('ahead', models.FloatField()),
                    ('read_at', models.DateTimeField()),
                    ('lowest', models.FloatField(db_default=0.0)),
                    ('lowest_at', models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name='DrainRound',
                fields=[
                    ('id', models.AutoField(primary_key=True, serialize=False)),
                    ('event_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                    ('worker', models.CharField(max_length=120)),
                    ('started_at', models.DateTimeField(auto_now_add=True)),
                ],
            ),
            migrations.CreateModel(
                name='Tally',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=60)),
                    ('labels', models.CharField(max_length=400)),
                    ('value', models.FloatField()),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('name', 'labels'), name='one_tally_each')],
                },
            ),
            migrations.CreateModel(
                name='WebhookTest',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                    ('requested_at', models.DateTimeField(auto_now_add=True, verbose_name='requested')),
                    ('public_key', models.CharField(blank=True, max_length=44)),
                    ('key_until', models.DateTimeField(null=True)),
                    ('started_at', models.DateTimeField(null=True)),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('problem', models.CharField(blank=True, choices=[('no_address', 'PUBLIC_URL is not set'), ('bad_address', 'PUBLIC_URL is not a web address'), ('no_name', 'The name was not found'), ('no_connection', 'No connection'), ('no_tls', 'No secure connection'), ('no_answer', 'No answer'), ('redirected', 'Redirected'), ('refused', 'Turned away'), ('not_found', 'Nothing there'), ('unavailable', 'Not available'), ('other', 'Another answer'), ('elsewhere', 'Answered by something else'), ('not_stored', 'Not stored'), ('interrupted', 'Interrupted')], max_length=20, verbose_name='problem')),
                    ('status', models.PositiveSmallIntegerField(null=True, verbose_name='answer')),
                    ('connect_ms', models.PositiveIntegerField(null=True)),
                    ('answer_ms', models.PositiveIntegerField(null=True)),
                    ('signed_at', models.DateTimeField(null=True)),
                    ('stored_at', models.DateTimeField(null=True)),
                    ('processed_at', models.DateTimeField(null=True)),
                ],
                options={
                    'verbose_name': 'webhook test',
                    'verbose_name_plural': 'webhook tests',
                    'ordering': ['-requested_at'],
                    'permissions': [('send_webhooktest', 'Can send a test webhook to this desk')],
                    'default_permissions': (),
                    'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['requested_at'], name='webhook_test_open'), models.Index(fields=['requested_at'], name='webhook_test_at')],
                },
            ),
            migrations.CreateModel(
                name='RefusedWebhooks',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('slot', models.DateTimeField()),
                    ('cause', models.CharField(choices=[('wrong_signature', "Signed with a key we don't trust, or changed on the way"), ('no_signature', 'No signature'), ('unreadable', "A signature that can't be read"), ('wrong_time', 'Signed too long ago, or in the future'), ('no_key', 'We had no key to check it with'), ('not_stored', "We couldn't store it"), ('no_length', 'No length given'), ('too_large', 'Too large'), ('old_test', 'A test of our own that was used before, changed or too old')], max_length=20)),
                    ('count', models.PositiveBigIntegerField()),
                    ('first_at', models.DateTimeField()),
                    ('last_at', models.DateTimeField()),
                ],
                options={
                    'verbose_name': 'webhooks turned away',
                    'verbose_name_plural': 'webhooks turned away',
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('slot', 'cause'), name='refused_once_a_slot')],
                },
            ),
            migrations.CreateModel(
                name='Import',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('only_look', models.BooleanField(default=False)),
                    ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                    ('requested_at', models.DateTimeField(auto_now_add=True, verbose_name='requested')),
                    ('state', models.CharField(choices=[('open', 'In progress'), ('done', 'Finished'), ('partly', 'Not everything was read'), ('stopped', 'Stopped')], default='open', max_length=10, verbose_name='state')),
                    ('next_at', models.DateTimeField(default=messaging.mirror.clock.now)),
                    ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ],
                options={
                    'verbose_name': 'import from Telnyx',
                    'verbose_name_plural': 'imports from Telnyx',
                    'ordering': ['-id'],
                    'permissions': [('import_from_telnyx', 'Can import from Telnyx')],
                    'default_permissions': ('view',),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('state',), name='one_import_at_once')],
                },
            ),
            migrations.CreateModel(
                name='ImportPart',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='mirror.import')),
                    ('place', models.PositiveSmallIntegerField()),
                    ('kind', models.CharField(max_length=100)),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('listing', 'Reading'), ('writing', 'Writing'), ('details', 'Reading each one in full'), ('done', 'Finished'), ('failed', 'Not read to the end'), ('stopped', 'Stopped')], default='waiting', max_length=10, verbose_name='state')),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('problem', models.CharField(blank=True, choices=[('key', "Telnyx refuses our API key or our account. An administrator checks both in Telnyx's portal."), ('slow', 'Telnyx asked us to slow down. Wait a few minutes, then try again.'), ('away', "Telnyx can't be reached. Try again in a few minutes. If that doesn't help, tell an administrator."), ('silent', "Telnyx gave no clear answer. Try again in a few minutes. If that doesn't help, tell an administrator."), ('moved', 'The list at Telnyx kept changing while we read it. Try again when fewer people change it.'), ('refused', 'Telnyx refuses to show this list; our account may not have it. Tell an administrator.'), ('cut', "Our worker was interrupted several times. Try again. If that doesn't help, tell an administrator."), ('fault', 'Something went wrong in this desk. Tell an administrator.')], max_length=10, verbose_name='problem')),
                    ('listed_at', models.DateTimeField(null=True)),
                    ('seen', models.PositiveIntegerField(default=0, verbose_name='read')),
                    ('new', models.PositiveIntegerField(default=0, verbose_name='new')),
                    ('changed', models.PositiveIntegerField(default=0, verbose_name='changed')),
                    ('missing', models.PositiveIntegerField(default=0, verbose_name='no longer listed')),
                    ('left', models.PositiveIntegerField(default=0, verbose_name='left for later')),
                    ('names', models.JSONField(default=dict, verbose_name='names')),
                    ('made', models.JSONField(default=list)),
                    ('ids', models.JSONField(default=list)),
                    ('to_read', models.PositiveIntegerField(default=0)),
                    ('in_full', models.PositiveIntegerField(default=0)),
                    ('unread', models.PositiveIntegerField(default=0)),
                ],
                options={
                    'verbose_name': 'kind of an import',
                    'verbose_name_plural': 'kinds of an import',
                    'ordering': ['of', 'place'],
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='WebhookEvent',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('dedupe_key', models.CharField(max_length=200, unique=True, verbose_name='event ID')),
                    ('data_sha256', models.CharField(max_length=64)),
                    ('event_type', models.CharField(blank=True, max_length=200, verbose_name='type')),
                    ('occurred_at', models.DateTimeField(null=True, verbose_name='happened')),
                    ('received_at', models.DateTimeField(verbose_name='received')),
                    ('last_received_at', models.DateTimeField(verbose_name='last received')),
                    ('deliveries', models.PositiveIntegerField(default=1, verbose_name='deliveries')),
                    ('key_fingerprint', models.CharField(blank=True, max_length=16, verbose_name='signed with key')),
                    ('callback_token', models.CharField(blank=True, max_length=32)),
                    ('waits_for', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), db_default=[], default=list, size=None)),
                    ('body', models.BinaryField()),
                    ('state', models.CharField(choices=[('pending', 'To be processed'), ('done', 'Processed'), ('waiting', 'Waiting for a record we do not know yet'), ('kept', 'Kept: this desk does not handle it'), ('dead', 'Failed: processing stopped'), ('quarantined', 'Held back: signed outside the time window'), ('needs_review', 'Held back: same ID, different content')], default='pending', max_length=12, verbose_name='state')),
                    ('not_before', models.DateTimeField()),
                    ('attempts_made', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                    ('error', models.CharField(blank=True, max_length=500, verbose_name='error')),
                    ('processed_at', models.DateTimeField(null=True, verbose_name='processed')),
                ],
                options={
                    'verbose_name': 'webhook event',
                    'verbose_name_plural': 'webhook events',
                    'ordering': ['-id'],
                    'permissions': [('replay_webhookevent', 'Can release or process a webhook event again'), ('read_webhookevent', 'Can read what a webhook event holds: texts and full numbers')],
                    'indexes': [models.Index(condition=models.Q(('state__in', ['pending', 'waiting'])), fields=['not_before', 'id'], name='inbox_due'), models.Index(condition=models.Q(('state__in', ['pending', 'done']), _negated=True), fields=['state', '-id'], name='inbox_state'), models.Index(condition=models.Q(('callback_token', ''), _negated=True), fields=['callback_token'], name='inbox_token'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('state', 'waiting')), fields=['waits_for'], name='inbox_waits_for'), models.Index(condition=models.Q(('body', b''), ('error', ''), _negated=True), fields=['received_at'], name='inbox_whole'), models.Index(condition=models.Q(('body', b''), ('error', '')), fields=['received_at'], name='inbox_emptied')],
                },
            ),
            migrations.CreateModel(
                name='Incident',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('kind', models.CharField(max_length=20, verbose_name='what')),
                    ('started_at', models.DateTimeField(verbose_name='from')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='to')),
                    ('seen_at', models.DateTimeField(verbose_name='last seen')),
                    ('is_certain', models.BooleanField(default=False)),
                    ('requests_waiting', models.PositiveIntegerField(default=0, verbose_name='requests that waited')),
                    ('events_waiting', models.PositiveIntegerField(default=0, verbose_name='webhooks that waited')),
                ],
                options={
                    'verbose_name': 'incident',
                    'verbose_name_plural': 'incidents',
                    'ordering': ['-started_at', '-id'],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(fields=['-started_at', '-id'], name='incident_newest'), models.Index(fields=['ended_at'], name='incident_ended')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('kind',), name='incident_open_once')],
                },
            ),
            migrations.CreateModel(
                name='OutboxAct',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                    ('asked_at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                    ('reason', models.CharField(max_length=300, verbose_name='reason')),
                    ('form_token', models.CharField(max_length=64, unique=True)),
                    ('act', models.CharField(choices=[('retry', 'Try now'), ('cancel', 'Cancel requests')], max_length=10)),
                ],
                options={
                    'verbose_name': 'act on many requests',
                    'verbose_name_plural': 'acts on many requests',
                    'ordering': ['-asked_at'],
                    'abstract': False,
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='OutboxActRow',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='mirror.outboxact')),
                    ('entry_id', models.UUIDField()),
                    ('result', models.CharField(blank=True, choices=[('done', 'Done'), ('denied', 'The person who asked may not request this at Telnyx.'), ('ended', 'It had already ended.'), ('sending', 'It was being sent at that moment.'), ('blocked', 'Telnyx refuses our key. It is sent by itself once the key works again.'), ('just_asked', 'It was just submitted, and can still be taken back.'), ('unclear', 'Telnyx may have it already, so someone decides about it on its own page.'), ('failed', 'Something went wrong in this desk, so nothing was changed.')], max_length=10)),
                    ('done_at', models.DateTimeField(null=True)),
                ],
                options={
                    'verbose_name': 'request of an act',
                    'verbose_name_plural': 'requests of an act',
                    'ordering': ['id'],
                    'default_permissions': (),
                    'indexes': [models.Index(condition=models.Q(('result', '')), fields=['id'], name='outboxact_waiting')],
                    'constraints': [models.UniqueConstraint(fields=('of', 'entry_id'), name='outboxact_entry_once'), models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('result', '')), models.Q(models.Q(('result', ''), _negated=True), ('done_at__isnull', False)), _connector='OR'), name='outboxact_done_has_a_time')],
                },
            ),
            migrations.CreateModel(
                name='Recovery',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('since', models.DateTimeField(verbose_name='deliveries since')),
                    ('until', models.DateTimeField(verbose_name='until')),
                    ('is_by_clock', models.BooleanField(default=False)),
                    ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                    ('requested_at', models.DateTimeField(auto_now_add=True, verbose_name='requested')),
                    ('only_look', models.BooleanField(default=False)),
                    ('state', models.CharField(choices=[('queued', 'Waiting for the worker'), ('found', 'Checked'), ('done', 'Fetched'), ('failed', 'Could not check with Telnyx')], default='queued', max_length=6, verbose_name='state')),
                    ('through', models.DateTimeField(null=True, verbose_name='read up to')),
                    ('seen', models.PositiveIntegerField(default=0, verbose_name='deliveries Telnyx lists')),
                    ('missing', models.JSONField(default=dict, verbose_name='missing events, by type')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ],
                options={
                    'verbose_name': 'lost webhook check',
                    'verbose_name_plural': 'lost webhooks',
                    'ordering': ['-id'],
                    'permissions': [('recover_webhookevent', 'Can fetch lost webhooks from Telnyx')],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['id'], name='recovery_queued')],
                },
            ),
            migrations.CreateModel(
                name='Purge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('rule', models.CharField(max_length=40, verbose_name='what')),
                    ('days', models.PositiveIntegerField(verbose_name='days kept')),
                    ('before', models.DateTimeField(verbose_name='older than')),
                    ('rows', models.PositiveBigIntegerField(default=0, verbose_name='rows')),
                    ('started_at', models.DateTimeField(auto_now_add=True, verbose_name='started')),
                    ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ],
                options={
                    'verbose_name': 'purge',
                    'verbose_name_plural': 'retention',
                    'ordering': ['-id'],
                    'default_permissions': ('view',),
                },
            ),
            migrations.CreateModel(
                name='Replay',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                    ('asked_at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                    ('reason', models.CharField(max_length=300, verbose_name='reason')),
                    ('event_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ],
                options={
                    'verbose_name': 'replay',
                    'verbose_name_plural': 'replays',
                    'ordering': ['-asked_at'],
                    'abstract': False,
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='RecordView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                    ('kind', models.CharField(max_length=60, verbose_name='kind')),
                    ('key', models.CharField(max_length=40, verbose_name='record')),
                    ('reason', models.CharField(max_length=300, verbose_name='why')),
                    ('at', models.DateTimeField(default=messaging.mirror.clock.now, verbose_name='when')),
                ],
                options={
                    'verbose_name': 'view of a record',
                    'verbose_name_plural': 'views of records',
                    'ordering': ['-id'],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(fields=['user', '-at'], name='recordview_user'), models.Index(fields=['kind', 'key'], name='recordview_record')],
                },
            ),
        ),
        migrations.RunSQL(
            _sql.GUARD_ENTRY
            + GUARDS
            + _sql.ONLY_ADDED
            + _sql.ONLY_ADDED_TRIGGERS
            + _sql.KEPT_ON_RECORD
            + _sql.DATED_HERE
            + _sql.AUDIT,
            UNGUARD,
        ),
        migrations.RunPython(grant(GROUPS, "mirror"), migrations.RunPython.noop, elidable=False),
    ]
