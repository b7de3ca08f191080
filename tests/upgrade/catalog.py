"""All that a database's catalogs say about it, and its rows: two that were made in different ways can be compared."""

import re

import psycopg

# Each query yields what a thing is called and what it is.
QUERIES = {
    "table": """
        SELECT c.relname, format('%s, storage %s, options %s, row security %s', c.relkind, c.relpersistence,
                                 c.reloptions, c.relrowsecurity)
          FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind <> 'i'
    """,
    "column": """
        SELECT format('%s.%s', a.attrelid::regclass, a.attname),
               format('%s, not null %s, default %s, generated %s, identity %s, collation %s, storage %s, statistics %s',
                      format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
                      a.attgenerated, a.attidentity, a.attcollation::regcollation, a.attstorage, a.attstattarget)
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'c')
           AND a.attnum > 0 AND NOT a.attisdropped
    """,
    "index": """
        SELECT i.indexrelid::regclass::text,
               format('%s, valid %s, ready %s, options %s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready,
                      c.reloptions)
          FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace
    """,
    "constraint": """
        SELECT format('%s on %s', conname, conrelid::regclass),
               format('%s, validated %s', pg_get_constraintdef(oid), convalidated)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "trigger": """
        SELECT format('%s on %s', t.tgname, t.tgrelid::regclass),
               format('%s, enabled %s', pg_get_triggerdef(t.oid), t.tgenabled)
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
    """,
    "function": """
        SELECT oid::regprocedure::text, pg_get_functiondef(oid)
          FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
    """,
    "sequence": """
        SELECT sequencename,
               format('%s from %s, %s to %s by %s, cycle %s, cache %s', data_type, start_value, min_value, max_value,
                      increment_by, cycle, cache_size)
          FROM pg_sequences WHERE schemaname = 'public'
    """,
    "type": """
        SELECT oid::regtype::text, typtype::text FROM pg_type
         WHERE typnamespace = 'public'::regnamespace AND typtype <> 'b'
    """,
    "view": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "policy": "SELECT format('%s on %s', policyname, tablename), qual FROM pg_policies WHERE schemaname = 'public'",
    "extension": "SELECT extname, extnamespace::regnamespace::text FROM pg_extension",
    "statistics": "SELECT stxname, pg_get_statisticsobjdef(oid) FROM pg_statistic_ext",
    "comment": """
        SELECT (pg_identify_object(classoid, objoid, objsubid)).identity, description FROM pg_description
         WHERE (pg_identify_object(classoid, objoid, objsubid)).schema = 'public' OR classoid = 'pg_trigger'::regclass
    """,
    "permission": """
        SELECT format('%s.%s', t.app_label, p.codename), format('%s: %s', t.model, p.name)
          FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
    """,
    "group": """
        SELECT g.name, string_agg(format('%s.%s', t.app_label, p.codename), ' ' ORDER BY t.app_label, p.codename)
          FROM auth_group g JOIN auth_group_permissions held ON held.group_id = g.id
          JOIN auth_permission p ON p.id = held.permission_id JOIN django_content_type t ON t.id = p.content_type_id
         GROUP BY 1
    """,
    "content type": "SELECT format('%s.%s', app_label, model), '' FROM django_content_type",
    "migration": "SELECT format('%s.%s', app, name), '' FROM django_migrations",
}
# Their rows are compared by the queries above, or say when something was done.
COMPARED = (
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "django_content_type",
    "django_migrations",
)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)"
# When something was done, and what follows from that, differs between any two databases.
WHEN = ["at", "created_at", "updated_at", "changed_at", "xact", "salt", "content", "digest"]
ROWS = """SELECT (to_jsonb(t) - %s::text[] #- '{{after,changed_at}}')::text FROM "{}" t"""
KINDS = "SELECT id, format('%s.%s', app_label, model) FROM django_content_type"


def read(database_url: str) -> dict[tuple[str, str], str]:
    """Return everything a database holds, by what it is and its name."""
    found = {}
    with psycopg.connect(database_url.replace("postgres://", "postgresql://", 1)) as connection:
        kinds: dict[int, str] = dict(connection.execute(KINDS).fetchall())

        def named(number: re.Match[str]) -> str:
            return number[1] + kinds[int(number[2])]

        for kind, query in QUERIES.items():
            for name, said in connection.execute(query).fetchall():
                # Triggers and their functions hold ids of kinds, which are counted as they come.
                found[kind, name] = re.sub(r'(resource_type_id"? = )(\d+)', named, said or "")
        for (table,) in connection.execute(TABLES, [list(COMPARED)]).fetchall():
            rows = connection.execute(ROWS.format(table), [WHEN]).fetchall()
            found["rows", table] = "\n".join(sorted(row for (row,) in rows))
    return found


def differences(one: dict[tuple[str, str], str], other: dict[tuple[str, str], str]) -> list[str]:
    """Say what is in only one of two databases, or another thing in each."""
    return [
        f"{kind} {name}: {one.get((kind, name))!r} is {other.get((kind, name))!r}"
        for kind, name in sorted(one.keys() | other.keys())
        if one.get((kind, name)) != other.get((kind, name))
    ]
