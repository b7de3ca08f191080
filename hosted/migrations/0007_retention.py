import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hosted', '0006_fetched'),
    ]

    operations = [
        migrations.AlterField(
            model_name='document',
            name='file_id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True, unique=True),
        ),
    ]
