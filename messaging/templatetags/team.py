"""Tags of a record's page that is people's work: {% load team %}."""

from typing import Any

from django import template
from django.template.context import RequestContext

from messaging.team import assign, kinds
from messaging.team.people import name_and_state

register = template.Library()


@register.inclusion_tag("desk/team/with.html", takes_context=True)
def with_whom(context: RequestContext, record: Any) -> dict[str, Any]:
    """Say who has a record, with what this person may do about that."""
    user = context["request"].user
    return {
        "record": record,
        "holder": name_and_state(record.assigned_to),
        "is_mine": record.assigned_to_id == user.pk,
        "may": user.has_perm(kinds.of(record).change),
        "seen": assign.seen(record),
        "take_url": kinds.url_of(record, "take"),
        "give_url": kinds.url_of(record, "give"),
        "release_url": kinds.url_of(record, "release"),
        "csrf_token": context.get("csrf_token"),
    }
