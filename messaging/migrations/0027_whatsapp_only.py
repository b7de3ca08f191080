from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0026_whatsapp'),
    ]

    operations = [
        migrations.RemoveField(model_name='composedmessage', name=name)
        for name in ('content', 'template', 'template_language', 'template_values')
    ]
