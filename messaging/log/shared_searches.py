"""The searches that people share: all of them, their owners, and a way for administrators to remove one."""

import re
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame
from messaging.log import searches
from messaging.models import LogSearch

from . import list_page

REMOVE = "messaging.remove_logsearch"
PAGE = 50


@require_safe
def show(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show a page of the shared searches, most recently used first."""
    user = check(request, model_admin)
    rows = searches.shared().select_related("owner").only("name", "used_at", "owner__username")
    typed = request.GET.get("page", "")
    number = max(int(typed), 1) if re.fullmatch(r"\d{1,4}", typed, re.ASCII) else 1
    found = list(rows[(number - 1) * PAGE : number * PAGE + 1])
    context = {
        **frame(request, model_admin, _("Shared searches")),
        "rows": found[:PAGE],
        "before": number - 1,
        "next": number + 1 if len(found) > PAGE else 0,
        "may_remove": user.has_perm(REMOVE),
    }
    return TemplateResponse(request, f"{list_page.FOLDER}searches.html", context)


@require_POST
def remove(request: HttpRequest, id: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Remove a search that someone shares."""
    user = check(request, model_admin, REMOVE)
    with transaction.atomic():
        rows = searches.shared().select_related("owner").select_for_update(of=("self",))
        row = get_object_or_404(rows, pk=id)
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(LogSearch),
            object_id=str(id),
            # Not its name, which may contain anything.
            object_repr=f"shared search {id}",
            action_flag=DELETION,
            change_message=f"Removed a shared search of {row.owner}.",
        )
        row.delete()
    messages.success(request, _("“%(name)s” is removed for everyone.") % {"name": row.name})
    return HttpResponseRedirect(reverse("admin:messaging_message_searches"))
