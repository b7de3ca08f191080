from django.conf import settings
from django.db import migrations, models


# Years later, retention deletes a recorded view; nothing else may.
GUARD = """
CREATE OR REPLACE FUNCTION messaging_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(current_setting('desk.erasing', true), '') = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0012_clock'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='linkclick',
            index=models.Index(fields=['clicked_at'], name='linkclick_oldest'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('subject', ''), _negated=True), models.Q(('media', []), _negated=True), models.Q(('body', {}), _negated=True), _connector='OR'), fields=['happened_at'], name='message_content'),
        ),
        migrations.AddIndex(
            model_name='reveal',
            index=models.Index(fields=['at'], name='reveal_oldest'),
        ),
    ]
