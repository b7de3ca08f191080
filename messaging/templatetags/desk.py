"""Tags of the desk's templates: {% load desk %}."""

import logging

from django import template
from django.db import InterfaceError, OperationalError
from django.template.context import RequestContext

from messaging.mirror import pulse, show

logger = logging.getLogger(__name__)
register = template.Library()

register.simple_tag(show.pill, name="pill")
register.filter("moment", show.moment)
register.filter("age", show.age)
register.filter("clock", show.clock)
register.filter("stamp", show.stamp)
register.filter("copyable", show.copyable)
register.filter("thousands", show.thousands)


@register.inclusion_tag("desk/banner.html", takes_context=True)
def sending_banner(context: RequestContext) -> dict[str, object]:
    """Say calmly that sending stands still, when it does."""
    user = context["request"].user
    return {
        "pause": pause_or_none(),
        # The permission that only engineers have: everybody else reads the calm sentence alone.
        "may_help": user.has_perm("mirror.replay_webhookevent"),
        "may_look": user.has_perm("mirror.view_outboxentry"),
    }


def pause_or_none() -> pulse.Pause | None:
    """Return how sending stands still. A database that is just coming back must not cost the page its rest."""
    try:
        return pulse.pause()
    except (OperationalError, InterfaceError):
        logger.warning("The state of sending could not be read for the banner.")
        return None
