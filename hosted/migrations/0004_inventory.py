"""The inventory: setting changes, the search by last digits, and the permission to remove a number at Telnyx."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

from messaging.mirror.grants import grant

APP = "hosted"
# The groups that may cancel an order, which ends the hosting of all its numbers.
GROUPS = {"operator": ["remove_hostednumber"], "compliance": ["remove_hostednumber"]}


def extend_groups(apps, schema_editor):
    grant(GROUPS, APP)(apps, schema_editor)
    held = apps.get_model("auth", "Permission").objects.filter(content_type__app_label=APP)
    held.filter(codename="cancel_hostedorder").update(name="Can cancel hosted orders at Telnyx")


class Migration(migrations.Migration):

    dependencies = [
        ('hosted', '0003_check_again'),
    ]

    operations = [
        migrations.CreateModel(
            name='SettingChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('setting', models.CharField(max_length=50, verbose_name='setting')),
                ('before', models.JSONField(verbose_name='before')),
                ('after', models.JSONField(verbose_name='after')),
                ('noticed_at', models.DateTimeField(verbose_name='noticed')),
                ('source', models.CharField(choices=[('api', 'Answer to our request'), ('webhook', 'Webhook'), ('sync', 'Found by polling'), ('person', 'Asked for by a person')], max_length=10, verbose_name='who told us')),
            ],
            options={
                'verbose_name': 'change of a setting',
                'verbose_name_plural': 'changes of settings',
                'ordering': ['-noticed_at', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='hostednumber',
            options={'ordering': ['phone_number'], 'permissions': [('remove_hostednumber', 'Can remove hosted numbers at Telnyx')], 'verbose_name': 'hosted number', 'verbose_name_plural': 'hosted numbers'},
        ),
        migrations.AlterModelOptions(
            name='hostedorder',
            options={'ordering': ['-created_at'], 'permissions': [('submit_hostedorder', 'Can submit hosted orders to Telnyx'), ('cancel_hostedorder', 'Can cancel hosted orders at Telnyx'), ('override_eligibility', 'Can order numbers that Telnyx calls not eligible')], 'verbose_name': 'hosted order', 'verbose_name_plural': 'hosted orders'},
        ),
        migrations.AddIndex(
            model_name='hostednumber',
            index=models.Index(django.db.models.functions.comparison.Collate(django.db.models.functions.text.Reverse('phone_number'), 'C'), name='hostednumber_ending'),
        ),
        migrations.AddField(
            model_name='settingchange',
            name='number',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='hosted.hostednumber'),
        ),
        migrations.RunPython(extend_groups, migrations.RunPython.noop, elidable=False),
    ]
