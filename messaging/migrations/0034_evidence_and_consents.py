from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0032_number_assignments'),
    ]

    operations = [
        migrations.AddField(
            model_name='evidence',
            name='needs',
            field=models.JSONField(default=list),
        ),
    ]
