"""Group messages: everyone in one, and the messages that a number was only in copy of."""

from collections.abc import Collection

from django.db import connection

from messaging.models import Message

from . import keyset

MOST = 10
# Materialized, or PostgreSQL might look for the newest ones first, through all messages.
IN_COPY = f"""
WITH met AS MATERIALIZED (
    SELECT id, happened_at FROM messaging_message WHERE details ? 'group' AND details -> 'group' ?| %s
)
SELECT id FROM met ORDER BY happened_at DESC, id DESC LIMIT {MOST}
"""  # noqa: S608 - a number of our own


def people(message: Message) -> list[str]:
    """Return everyone on the other side of a message: those in its group, or the one phone."""
    found = [message.their_address]
    if message.is_outbound() and message.group_id:
        group = Message.objects.filter(remote_id=message.remote_id).order_by("their_address")
        found += group.values_list("their_address", flat=True)
    elif not message.is_outbound():
        told = message.details.get("group")
        found += [one for one in told if isinstance(one, str)] if isinstance(told, list) else []
    return [one for one in dict.fromkeys(found) if one and one != message.our_address]


def in_copy(numbers: Collection[str]) -> list[Message]:
    """Return the newest group messages, from others, that went to one of these numbers too. Two queries at most."""
    with connection.cursor() as cursor:
        cursor.execute(IN_COPY, [list(numbers)])
        ids = [id for (id,) in cursor.fetchall()]
    if not ids:
        return []
    sql = f"SELECT {keyset.COLUMNS} FROM messaging_message WHERE id = ANY(%s) ORDER BY happened_at DESC, id DESC"  # noqa: S608
    return list(Message.objects.raw(sql, [ids]))
