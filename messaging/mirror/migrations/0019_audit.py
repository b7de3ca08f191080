"""Every change of a watched table, on record: rows that PostgreSQL writes, and seals of each day."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from messaging.mirror.grants import grant

from . import _sql

UNDO = """
DROP FUNCTION mirror_audit() CASCADE;
DROP FUNCTION mirror_audit_guard() CASCADE;
DROP FUNCTION mirror_audit_seal(date);
DROP FUNCTION mirror_audit_hash(date, bytea);
DROP FUNCTION mirror_audit_empty(date);
DROP FUNCTION mirror_audit_erase(text, text, text[]);
DROP FUNCTION mirror_audit_digest(mirror_auditentry);
DROP FUNCTION mirror_audit_content(mirror_auditentry);
"""
GROUPS = {"auditor": ["view_auditentry", "export_auditentry"]}


class Migration(migrations.Migration):

    dependencies = [
        ('mirror', '0018_imports'),
    ]

    operations = [
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
        migrations.RunSQL(_sql.AUDIT, UNDO),
        migrations.RunPython(grant(GROUPS, "mirror"), migrations.RunPython.noop, elidable=False),
    ]
