"""The retention, and nothing else, may empty the texts of requests that have ended and of histories.

It says so by a setting of its transaction. Everything else still meets a frozen request and rows that are only added.
"""

import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from messaging.mirror.building import OnlyInState

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
    has_ended constant boolean := NEW.state IN ('accepted', 'refused', 'cancelled');
    erasing constant boolean := has_ended AND coalesce(current_setting('desk.erasing', true), '') = 'on';
BEGIN
    IF (NEW.id, NEW.method, NEW.body_sha256, NEW.callback_token, NEW.operation, NEW.resource_id)
       IS DISTINCT FROM
       (OLD.id, OLD.method, OLD.body_sha256, OLD.callback_token, OLD.operation, OLD.resource_id)
       OR (NEW.path <> OLD.path AND NOT (erasing AND NEW.path = ''))
       OR (NEW.body <> OLD.body AND NOT (NEW.body = '' AND (erasing OR OLD.is_sealed AND has_ended)))
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

# The trigger's argument is the one column that may be emptied. A fact that differs from another one in its words
# alone goes with them.
ONLY_ADDED = """
CREATE OR REPLACE FUNCTION mirror_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('desk.erasing', true), '') = 'on' THEN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'mirror_statuschange' THEN
            RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE' AND to_jsonb(NEW) = to_jsonb(OLD) || jsonb_build_object(TG_ARGV[0], '') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER only_added ON mirror_attempt;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_attempt
    FOR EACH ROW EXECUTE FUNCTION mirror_only_added('error');
DROP TRIGGER only_added ON mirror_statuschange;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_statuschange
    FOR EACH ROW EXECUTE FUNCTION mirror_only_added('reason');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("mirror", "0010_clock_and_waiting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(GUARD_ENTRY, migrations.RunSQL.noop),
        migrations.RunSQL(ONLY_ADDED, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='purge',
            name='through',
        ),
        OnlyInState(
            migrations.AddIndex(
                model_name='outboxentry',
                index=models.Index(condition=models.Q(('state__in', ['accepted', 'refused', 'cancelled']), models.Q(('body', b''), ('errors', []), ('path', ''), ('reason', ''), _negated=True)), fields=['resolved_at'], name='outbox_unforgotten'),
            ),
        ),
        OnlyInState(
            migrations.AddIndex(
                model_name='webhookevent',
                index=models.Index(condition=models.Q(('body', b''), ('error', ''), _negated=True), fields=['received_at'], name='inbox_whole'),
            ),
        ),
        OnlyInState(
            migrations.AddIndex(
                model_name='webhookevent',
                index=models.Index(condition=models.Q(('body', b''), ('error', '')), fields=['received_at'], name='inbox_emptied'),
            ),
        ),
    ]
