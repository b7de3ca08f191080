"""The line above a list that says when we last looked for new records at Telnyx, and its button."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, user_of
from messaging.mirror import breaker, heartbeat
from messaging.mirror.models import Heartbeat, TelnyxResource
from messaging.models import Look
from messaging.models.looks import EVERY

from . import look

SOON = 2


def button(
    permission: str, *also: type[TelnyxResource]
) -> Callable[[HttpRequest, DeskModelAdmin], HttpResponse]:
    """Return the POST view behind the button of a list; `also` are other kinds to look for with its own.

    The line above the list, which refreshes itself, says what comes of it.
    """

    @require_POST
    def view(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
        check(request, model_admin, permission)
        look.ask(model_admin.model, *also)
        return HttpResponseRedirect(model_admin.url_of("changelist"))

    return view


def context(request: HttpRequest, model_admin: DeskModelAdmin, permission: str) -> dict[str, Any]:
    """Return what templates/desk/look.html shows above a list."""
    row = Look.objects.filter(pk=model_admin.model._meta.label).first() or Look()
    is_coming = row.is_asked_for() or row.is_running()
    return {
        "look": row,
        "look_is_coming": is_coming,
        "look_is_stopped": bool(breaker.closed()),
        "look_refresh": SOON if is_coming else None,
        "look_url": model_admin.url_of("look"),
        "look_every": int(EVERY.total_seconds() // 60),
        "may_look": user_of(request).has_perm(permission),
        "is_worker_down": is_coming and not heartbeat.alive(Heartbeat.WORKER),
    }
