import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rcs', '0005_templates'),
    ]

    operations = [
        migrations.AddField(
            model_name='capability',
            name='noted_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
    ]
