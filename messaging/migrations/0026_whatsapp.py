from django.db import migrations, models


def write_whole(apps, schema_editor):
    """Write each WhatsApp message as the JSON it was sent as. One whose content was erased stays empty."""
    messages = apps.get_model("messaging", "ComposedMessage").objects.filter(kind="whatsapp", whatsapp={})
    for message in messages.iterator(chunk_size=500):
        if message.content == "template" and message.template:
            message.whatsapp = {"type": "template", "template": template(message)}
        elif message.content != "template" and message.text:
            message.whatsapp = {"type": "text", "text": {"body": message.text}}
        else:
            continue
        message.text = ""
        message.save(update_fields=["whatsapp", "text"])


def template(message):
    found = {
        "name": message.template,
        "language": {"code": message.template_language, "policy": "deterministic"},
    }
    if message.template_values:
        values = [{"type": "text", "text": value} for value in message.template_values]
        found["components"] = [{"type": "body", "parameters": values}]
    return found


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0025_profile_changes'),
    ]

    operations = [
        migrations.AddField(
            model_name='composedmessage',
            name='whatsapp',
            field=models.JSONField(blank=True, default=dict, verbose_name='WhatsApp message'),
        ),
        migrations.AddIndex(
            model_name='composedmessage',
            index=models.Index(condition=models.Q(('kind', 'whatsapp')), fields=['-created_at'], name='composed_whatsapp'),
        ),
        migrations.RunPython(write_whole, migrations.RunPython.noop, elidable=True),
    ]
