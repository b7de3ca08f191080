"""Tags of the desk's templates: {% load desk %}."""

import logging
from typing import Any

from django import template
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from messaging.desk import base_admin, menu, number_address, portal, show
from messaging.mirror import health
from messaging.notices import own
from messaging.validators import display_number

logger = logging.getLogger(__name__)
register = template.Library()

register.simple_tag(show.pill, name="pill")
register.filter("moment", show.moment)
register.filter("age", show.age)
register.filter("due", show.due)
register.filter("clock", show.clock)
register.filter("stamp", show.stamp)
register.filter("copyable", show.copyable)
register.filter("thousands", show.thousands)
register.filter("number", display_number)
register.filter("name_in_menu", menu.name_at)


@register.filter
def heading(title: str) -> str:
    """Return a title with a capital, unless it starts with a name of Telnyx's such as message.received."""
    return title if "." in str(title).partition(" ")[0].rstrip(".") else capfirst(title)


@register.simple_tag
def number_link(number: str, shown: str = "") -> SafeString | str:
    """Return a number as it is `shown` to this person, with the link to everything about it."""
    words = shown or display_number(number)
    if not number:
        return words
    return format_html('<a class="desk-link" href="{}">{}</a>', number_address.url_of(number), words)


@register.inclusion_tag("desk/portal.html")
def portal_link(record: Any) -> dict[str, str]:
    """Link to Telnyx's own portal from what is there; the id is shown next to it."""
    return {"url": portal.url_of(record)}


@register.simple_tag(takes_context=True)
def changes_on_record(context: RequestContext) -> str:
    """Return where the changes of the record of this page are on record, or "" if this is no such page."""
    match = context["request"].resolver_match
    key = match.kwargs.get("object_id") if match and (match.url_name or "").endswith("_change") else None
    opts = context.get("opts")
    return base_admin.audit_url(context["request"].user, opts.model, key) if key and opts else ""


@register.simple_tag
def desk_version() -> str:
    """Return the version of this desk, as in pyproject.toml."""
    return settings.VERSION


@register.inclusion_tag("desk/banner.html", takes_context=True)
def sending_banner(context: RequestContext) -> dict[str, object]:
    """Say calmly what has stopped, if anything has."""
    user = context["request"].user
    found = health_or_none()
    return {
        "pause": found and found.pause,
        "events_late_since": found and found.events_late_since,
        "skews": found.skews if found else [],
        "held_back": found.held_back_words if found and found.is_holding_back else "",
        # The permission that only engineers have: everyone else sees only the calm sentence.
        "may_help": user.has_perm("mirror.replay_webhookevent"),
        "may_look": user.has_perm("mirror.view_outboxentry"),
        "may_see_health": user.has_perm("mirror.view_webhookevent"),
        "may_see_incidents": user.has_perm("mirror.view_incident"),
    }


@register.inclusion_tag("desk/notices/bell.html", takes_context=True)
def notice_bell(context: RequestContext) -> dict[str, object]:
    """Show how many notices this person hasn't read, with the link to them. Opening a record reads those about it."""
    try:
        count = own.unread(context["request"].user)
        if count and own.opened(context["request"]):
            count = own.unread(context["request"].user)
    except (OperationalError, InterfaceError):
        count = 0
    return {"count": count, "shown": f"{own.MOST_COUNTED}+" if count > own.MOST_COUNTED else count}


@register.simple_tag
def ticking_words() -> SafeString:
    """Return what static/desk/ages.js needs to keep ages true: the time now, and the words for an age."""
    return show.ticking_words()


def health_or_none() -> health.Health | None:
    """Return how the desk is doing, or None. A database that is just coming back must not cost the page its rest."""
    try:
        return health.read()
    except (OperationalError, InterfaceError):
        logger.warning("The state of the desk could not be read for the banner.")
        return None
