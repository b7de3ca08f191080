from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tollfree', '0014_lessons'),
    ]

    operations = [
        migrations.AddField(
            model_name='verificationrequest',
            name='closed_answer_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
