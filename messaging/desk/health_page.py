"""The page Health: what the desk needs, how each part is doing, and whether Telnyx's webhooks arrive."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from messaging.mirror.account import webhook_url
from messaging.mirror.checkup import Checkup, Level, Part, problems_first
from messaging.mirror.models import WebhookEvent
from messaging.mirror.wording import Words

from . import arrival

# People who see webhook events and requests see how they are doing.
VIEW = "mirror.view_webhookevent"
RECOVER = "mirror.recover_webhookevent"
INCIDENTS = "mirror.view_incident"
REFRESH_SECONDS = 25
# While a test is under way.
SOON = 2
COMPARED = timedelta(hours=1)

PILLS: dict[Level, tuple[str, Words]] = {
    Level.OK: ("done", gettext_lazy("Works")),
    Level.LOOK: ("needs_us", gettext_lazy("Take a look")),
    Level.FAILING: ("failing", gettext_lazy("Doesn't work")),
}
# Where a part's trouble is seen: the permission, the words of the link, the list.
LINKS: dict[str, tuple[str, Words, str]] = {
    "outbox": (
        "mirror.view_outboxentry",
        gettext_lazy("What is waiting"),
        "mirror_outboxentry_changelist?state=open",
    ),
    "inbox": (VIEW, gettext_lazy("Webhook events"), "mirror_webhookevent_changelist"),
    "held_back": (
        VIEW,
        gettext_lazy("Held-back webhooks"),
        "mirror_webhookevent_changelist?state__exact=quarantined",
    ),
    "refused": (VIEW, gettext_lazy("What was turned away"), "#refused"),
    "webhooks": (RECOVER, gettext_lazy("Lost webhooks"), "mirror_recovery_changelist"),
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every part, what doesn't work first."""
    user = cast(User, request.user)
    if not user.has_perm(VIEW):
        raise PermissionDenied(VIEW)
    checkup = Checkup(names_hosts=user.has_perm("mirror.replay_webhookevent"))
    now = timezone.localtime(checkup.found.at)
    request.current_app = admin.site.name
    tests = arrival.of_tests()
    context = {
        **admin.site.each_context(request),
        "title": _("Health"),
        "checkup": checkup,
        # What most people come to ask.
        "telnyx": next(part for part in checkup.parts if part.name == "telnyx"),
        "rows": [_row(part, user) for part in problems_first(checkup.parts)],
        "failing": sum(part.level == Level.FAILING for part in checkup.parts),
        "to_look_at": sum(part.level == Level.LOOK for part in checkup.parts),
        "refresh": SOON if tests["test_is_under_way"] else REFRESH_SECONDS,
        "event": checkup.last_webhook,
        "stages": _stages(checkup.last_webhook),
        "may_compare": user.has_perm(RECOVER),
        "since": _for_form(now - COMPARED),
        "until": _for_form(now),
        "address": webhook_url(),
        "may_see_incidents": user.has_perm(INCIDENTS),
        "may_test": user.has_perm(arrival.SEND),
        "refused": arrival.turned_away(),
        **tests,
    }
    return TemplateResponse(request, "desk/health.html", context)


def _row(part: Part, user: User) -> dict[str, Any]:
    if part.name == "database":
        part = replace(part, said=_("PostgreSQL answers. It holds %(size)s.") % {"size": _database_size()})
    group, words = PILLS[part.level]
    permission, label, place = LINKS.get(part.name, ("", "", ""))
    url = _url(place) if permission and user.has_perm(permission) else ""
    return {
        "part": part,
        "group": group,
        "words": words,
        "is_well": part.level == Level.OK,
        "url": url if part.level != Level.OK else "",
        "label": label,
    }


def _url(place: str) -> str:
    if place.startswith("#"):
        return place
    name, _mark, query = place.partition("?")
    return f"{reverse(f'admin:{name}')}?{query}"


def _for_form(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="minutes")


def _database_size() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return filesizeformat(cursor.fetchone()[0])


def _stages(event: WebhookEvent | None) -> list[tuple[Words, Words]]:
    """Return the five stages that every webhook goes through, and what is known of each for this one."""
    if event is None:
        return []
    state, states = event.state, WebhookEvent.State
    is_processed = state == states.DONE
    return [
        (_("Received"), _("yes")),
        (_("Signature checked"), _("yes, made with a key we trust")),
        (_("Stored"), _("yes")),
        (_("Processed"), _("yes") if is_processed else event.get_state_display()),
        (_("Visible in the desk"), _("yes") if is_processed else _("not yet")),
    ]
