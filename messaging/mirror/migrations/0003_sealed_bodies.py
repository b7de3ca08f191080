"""A sealed body is erased when its entry has ended, and side requests do not hold up the record."""

from django.conf import settings
from django.db import migrations, models

GUARD_ENTRY = """
CREATE OR REPLACE FUNCTION mirror_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves constant jsonb := '{
        "queued": ["sending", "blocked", "needs_person", "cancelled"],
        "sending": ["queued", "accepted", "refused", "unsure", "blocked", "needs_person"],
        "blocked": ["queued", "cancelled"],
        "unsure": ["accepted", "queued", "needs_person"],
        "needs_person": ["accepted", "queued", "cancelled"],
        "accepted": [], "refused": [], "cancelled": []
    }';
    ended constant text[] := ARRAY['accepted', 'refused', 'cancelled'];
BEGIN
    IF (NEW.id, NEW.method, NEW.path, NEW.body_sha256, NEW.callback_token, NEW.operation, NEW.resource_id)
       IS DISTINCT FROM
       (OLD.id, OLD.method, OLD.path, OLD.body_sha256, OLD.callback_token, OLD.operation, OLD.resource_id)
       OR (NEW.body <> OLD.body AND NOT (OLD.is_sealed AND NEW.body = '' AND NEW.state = ANY (ended)))
    THEN
        RAISE EXCEPTION 'a promised request does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (moves -> OLD.state) ? NEW.state THEN
        RAISE EXCEPTION 'an entry does not move from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('mirror', '0002_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(GUARD_ENTRY, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name='outboxentry',
            name='one_open_per_resource',
        ),
        migrations.AddField(
            model_name='outboxentry',
            name='is_sealed',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='outboxentry',
            name='moves_record',
            field=models.BooleanField(default=True),
        ),
        migrations.AddConstraint(
            model_name='outboxentry',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('state__in', ['accepted', 'refused', 'cancelled']), _negated=True), ('moves_record', True)), fields=('resource_type', 'resource_id'), name='one_open_per_resource'),
        ),
        migrations.AddConstraint(
            model_name='outboxentry',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['accepted', 'refused', 'cancelled']), _negated=True), fields=('resource_type', 'resource_id', 'operation'), name='one_open_per_operation'),
        ),
    ]
