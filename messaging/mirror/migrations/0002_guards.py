"""Promises the database keeps by itself, whatever code runs: frozen requests, legal moves, rows only added."""

from django.db import migrations

GUARD_ENTRY = """
CREATE FUNCTION mirror_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves constant jsonb := '{
        "queued": ["sending", "blocked", "needs_person", "cancelled"],
        "sending": ["queued", "accepted", "refused", "unsure", "blocked"],
        "blocked": ["queued", "cancelled"],
        "unsure": ["accepted", "queued", "needs_person"],
        "needs_person": ["accepted", "queued", "cancelled"],
        "accepted": [], "refused": [], "cancelled": []
    }';
BEGIN
    IF (NEW.id, NEW.method, NEW.path, NEW.body, NEW.body_sha256, NEW.callback_token, NEW.operation, NEW.resource_id)
       IS DISTINCT FROM
       (OLD.id, OLD.method, OLD.path, OLD.body, OLD.body_sha256, OLD.callback_token, OLD.operation, OLD.resource_id)
    THEN
        RAISE EXCEPTION 'a promised request does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state <> OLD.state AND NOT (moves -> OLD.state) ? NEW.state THEN
        RAISE EXCEPTION 'an entry does not move from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_entry BEFORE UPDATE ON mirror_outboxentry
    FOR EACH ROW EXECUTE FUNCTION mirror_guard_entry();

CREATE FUNCTION mirror_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_attempt
    FOR EACH ROW EXECUTE FUNCTION mirror_only_added();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_statuschange
    FOR EACH ROW EXECUTE FUNCTION mirror_only_added();
"""

UNGUARD = """
DROP TRIGGER only_added ON mirror_statuschange;
DROP TRIGGER only_added ON mirror_attempt;
DROP FUNCTION mirror_only_added();
DROP TRIGGER guard_entry ON mirror_outboxentry;
DROP FUNCTION mirror_guard_entry();
"""


class Migration(migrations.Migration):
    dependencies = [("mirror", "0001_initial")]
    operations = [migrations.RunSQL(GUARD_ENTRY, UNGUARD)]
