import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.grants import grant

# See docs/roles.md.
GROUPS = {"compliance": ["strike_consent"]}


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0034_saved_text_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='evidence',
            name='needs',
            field=models.JSONField(default=list),
        ),
        migrations.AlterModelOptions(
            name='consent',
            options={'default_permissions': ('add',), 'ordering': ['-agreed_at', '-pk'], 'permissions': [('strike_consent', 'Can strike out a consent that was recorded wrongly')], 'verbose_name': 'consent', 'verbose_name_plural': 'consents'},
        ),
        migrations.AddField(
            model_name='consent',
            name='struck_at',
            field=models.DateTimeField(null=True, verbose_name='struck out'),
        ),
        migrations.AddField(
            model_name='consent',
            name='struck_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='struck out by'),
        ),
        migrations.AddField(
            model_name='consent',
            name='struck_why',
            field=models.CharField(blank=True, max_length=300, verbose_name='why it was struck out'),
        ),
        migrations.RemoveConstraint(
            model_name='consent',
            name='one_consent_at_a_time',
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('struck_at', None)), fields=('to_number', 'profile_id', 'source', 'agreed_at'), name='one_consent_at_a_time'),
        ),
        migrations.RunPython(grant(GROUPS, "messaging"), migrations.RunPython.noop),
    ]
