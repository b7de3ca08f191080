"""Support opens whole conversations: one reason, one record, instead of one for each message."""

from django.db import migrations

from messaging.mirror.grants import grant


class Migration(migrations.Migration):
    dependencies = [("messaging", "0018_looks"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.RunPython(
            grant({"support": ["reveal_conversation"]}, "messaging"), migrations.RunPython.noop, elidable=False
        )
    ]
