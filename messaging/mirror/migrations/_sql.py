"""What the database keeps by itself, as the newest migration has it: here once for the old ones and the squashed one."""

# The retention may empty a request that has ended.
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
"""

ONLY_ADDED_TRIGGERS = """
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_attempt
    FOR EACH ROW EXECUTE FUNCTION mirror_only_added('error');
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_statuschange
    FOR EACH ROW EXECUTE FUNCTION mirror_only_added('reason');
"""

# Years later the retention deletes a view on record; nothing else may.
KEPT_ON_RECORD = """
CREATE FUNCTION mirror_kept_on_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(current_setting('desk.erasing', true), '') = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_recordview
    FOR EACH ROW EXECUTE FUNCTION mirror_kept_on_record();
"""

DATED_HERE = """
CREATE FUNCTION mirror_dated_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.action_time := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER dated_here BEFORE INSERT ON django_admin_log
    FOR EACH ROW EXECUTE FUNCTION mirror_dated_here();
"""

AUDIT_DIGESTS = """
-- What may be erased. The salt goes with it, so that nobody can guess a number from its digest.
CREATE FUNCTION mirror_audit_content(e mirror_auditentry) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(e.salt || convert_to(jsonb_build_array(e.before, e.after, e.numbers)::text, 'UTF8'))
$$;
-- All the rest, which stays.
CREATE FUNCTION mirror_audit_digest(e mirror_auditentry) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(e.content || convert_to(jsonb_build_array(
        e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.label, e.key, e.action, e.user_id, e.actor, e.page,
        e.request_id, e.source, e.cause, e.xact)::text, 'UTF8'))
$$;
"""

AUDIT_WRITE = """
-- Arguments: label, column of the key, column that must hold something if there is one, columns to ignore, columns
-- whose values are secret, columns with phone numbers.
CREATE FUNCTION mirror_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    ignored constant text[] := TG_ARGV[3];
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) - ignored END;
    is_now jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) - ignored END;
    both_held jsonb;
    told jsonb;
    name text;
    e mirror_auditentry;
    erasing constant boolean := coalesce(current_setting('desk.erasing', true), '') = 'on';
BEGIN
    -- Most changes are the machinery's own: this must cost little.
    IF was = is_now THEN
        RETURN NULL;
    END IF;
    both_held := was || is_now;
    IF TG_ARGV[2] <> '' AND coalesce(was ->> TG_ARGV[2], '') = '' AND coalesce(is_now ->> TG_ARGV[2], '') = '' THEN
        RETURN NULL;
    END IF;
    e.key := both_held ->> TG_ARGV[1];
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(n.key, n.value), jsonb_object_agg(n.key, was -> n.key)
          INTO is_now, was
          FROM jsonb_each(is_now) AS n WHERE n.value IS DISTINCT FROM was -> n.key;
    ELSE
        -- What is empty says nothing.
        SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}') INTO was
          FROM jsonb_each(was) AS o WHERE o.key <> TG_ARGV[1] AND o.value NOT IN ('null', '""', '[]', '{}');
        SELECT coalesce(jsonb_object_agg(n.key, n.value), '{}') INTO is_now
          FROM jsonb_each(is_now) AS n WHERE n.key <> TG_ARGV[1] AND n.value NOT IN ('null', '""', '[]', '{}');
    END IF;
    e.label := TG_ARGV[0];
    e.erased := '{}';
    IF erasing THEN
        -- The retention removes what a record held: its values leave the trail too, and the row says only which.
        SELECT array_agg(k) INTO e.erased FROM jsonb_object_keys(was || is_now) AS k;
        PERFORM mirror_audit_erase(e.label, e.key, CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE e.erased END);
        was := '{}';
        is_now := '{}';
    END IF;
    FOREACH name IN ARRAY TG_ARGV[4]::text[] LOOP
        IF was ? name THEN was := was || jsonb_build_object(name, '{"secret": true}'::jsonb); END IF;
        IF is_now ? name THEN is_now := is_now || jsonb_build_object(name, '{"secret": true}'::jsonb); END IF;
    END LOOP;
    e.before := was;
    e.after := is_now;
    e.numbers := '{}';
    IF NOT erasing THEN
        FOREACH name IN ARRAY TG_ARGV[5]::text[] LOOP
            told := both_held -> name;
            IF jsonb_typeof(told) = 'array' THEN
                e.numbers := e.numbers || ARRAY(SELECT left(v, 100) FROM jsonb_array_elements_text(told) AS v);
            ELSIF told #>> '{}' <> '' THEN
                e.numbers := e.numbers || left(told #>> '{}', 100)::varchar;
            END IF;
            IF TG_OP = 'UPDATE' AND was ? name AND jsonb_typeof(was -> name) = 'array' THEN
                e.numbers := e.numbers || ARRAY(SELECT left(v, 100) FROM jsonb_array_elements_text(was -> name) AS v);
            ELSIF TG_OP = 'UPDATE' AND was ->> name <> '' THEN
                e.numbers := e.numbers || left(was ->> name, 100)::varchar;
            END IF;
        END LOOP;
    END IF;
    told := coalesce(nullif(current_setting('desk.audit', true), ''), '{}')::jsonb;
    e.user_id := (told ->> 'user_id')::int;
    e.actor := left(coalesce(told ->> 'actor', ''), 150);
    e.page := left(coalesce(told ->> 'page', ''), 200);
    e.request_id := left(coalesce(told ->> 'request_id', ''), 32);
    e.source := left(CASE WHEN told = '{}' THEN 'database ' || session_user ELSE coalesce(told ->> 'source', '') END, 100);
    e.cause := left(coalesce(told ->> 'cause', ''), 100);
    e.id := nextval(pg_get_serial_sequence('mirror_auditentry', 'id'));
    e.at := clock_timestamp();
    e.action := lower(TG_OP);
    e.xact := pg_current_xact_id()::text::bigint;
    e.salt := uuid_send(gen_random_uuid());
    e.content := mirror_audit_content(e);
    e.digest := mirror_audit_digest(e);
    INSERT INTO mirror_auditentry SELECT e.*;
    RETURN NULL;
END $$;
"""

AUDIT_ERASE = """
-- Empty every row about a record that holds one of these columns, or anything at all (NULL). A row partly emptied could
-- not be checked anymore. The digests stay, the salt goes.
CREATE FUNCTION mirror_audit_erase(of_label text, of_key text, columns text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM set_config('desk.audit_erasing', 'on', true);
    UPDATE mirror_auditentry AS e
       SET erased = ARRAY(SELECT jsonb_object_keys(e.before || e.after)), before = '{}', after = '{}', numbers = '{}',
           salt = ''
     WHERE e.label = of_label AND e.key = of_key AND e.before || e.after <> '{}'
       AND (columns IS NULL OR (e.before || e.after) ?| columns);
    PERFORM set_config('desk.audit_erasing', '', true);
END $$;

-- Delete the rows of a sealed day whose time is up. The seal stays, so that the chain holds.
CREATE FUNCTION mirror_audit_empty(of_day date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM set_config('desk.audit_erasing', 'on', true);
    UPDATE mirror_auditseal SET emptied_at = clock_timestamp() WHERE day = of_day AND emptied_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the audit of % is not sealed, or was emptied before', of_day;
    END IF;
    DELETE FROM mirror_auditentry
     WHERE at >= of_day::timestamp AT TIME ZONE 'UTC' AND at < (of_day + 1)::timestamp AT TIME ZONE 'UTC';
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('desk.audit_erasing', '', true);
    RETURN gone;
END $$;
"""

AUDIT_SEAL = """
-- Seal one day after the one sealed last. The hash is over the seal before, the day, the count, and the rows' digests.
CREATE FUNCTION mirror_audit_hash(of_day date, previous bytea, OUT rows bigint, OUT first_id bigint, OUT last_id bigint,
                                  OUT marks bytea, OUT sha256 bytea)
LANGUAGE sql STABLE AS $$
    SELECT n, low, high, four,
           sha256(previous || convert_to(of_day || ' ' || n || ' ' || coalesce(low, 0) || ' ' || coalesce(high, 0), 'UTF8')
                  || whole)
      FROM (SELECT count(*) AS n, min(id) AS low, max(id) AS high,
                   coalesce(string_agg(substr(digest, 1, 4), ''::bytea ORDER BY id), '') AS four,
                   coalesce(string_agg(digest, ''::bytea ORDER BY id), '') AS whole
              FROM mirror_auditentry
             WHERE at >= of_day::timestamp AT TIME ZONE 'UTC' AND at < (of_day + 1)::timestamp AT TIME ZONE 'UTC') AS d
$$;

CREATE FUNCTION mirror_audit_seal(of_day date) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before_it mirror_auditseal;
    found_rows record;
BEGIN
    SELECT * INTO before_it FROM mirror_auditseal ORDER BY day DESC LIMIT 1;
    IF before_it.day IS NOT NULL AND before_it.day <> of_day - 1 THEN
        RAISE EXCEPTION 'the day after % is sealed next, not %', before_it.day, of_day;
    END IF;
    IF of_day >= (clock_timestamp() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION '% is not over yet', of_day;
    END IF;
    SELECT * INTO found_rows FROM mirror_audit_hash(of_day, coalesce(before_it.sha256, ''));
    INSERT INTO mirror_auditseal (day, rows, first_id, last_id, runs, marks, previous, sha256, sealed_at)
    SELECT of_day, found_rows.rows, found_rows.first_id, found_rows.last_id,
           coalesce((SELECT jsonb_agg(jsonb_build_array(low, high) ORDER BY low)
                       FROM (SELECT min(id) AS low, max(id) AS high
                               FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM mirror_auditentry
                                      WHERE at >= of_day::timestamp AT TIME ZONE 'UTC'
                                        AND at < (of_day + 1)::timestamp AT TIME ZONE 'UTC') AS numbered
                              GROUP BY island) AS islands), '[]'),
           found_rows.marks, coalesce(before_it.sha256, ''), found_rows.sha256, clock_timestamp();
    RETURN found_rows.sha256;
END $$;
"""

AUDIT_GUARD = """
-- Where the application has the tables' owner as its role, this is what keeps it from changing them.
CREATE FUNCTION mirror_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('desk.audit_erasing', true), '') = 'on' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_auditentry
    FOR EACH ROW EXECUTE FUNCTION mirror_audit_guard();
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON mirror_auditseal
    FOR EACH ROW EXECUTE FUNCTION mirror_audit_guard();
"""

AUDIT = AUDIT_DIGESTS + AUDIT_ERASE + AUDIT_WRITE + AUDIT_SEAL + AUDIT_GUARD
