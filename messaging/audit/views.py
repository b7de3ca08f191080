"""The page of the audit, and its file."""

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from messaging import list_csv
from messaging.desk import number_address
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame
from messaging.list_csv import Column
from messaging.log.keyset import Place
from messaging.mirror import retention, throttle
from messaging.mirror.audit import tables
from messaging.numbers import find_number
from messaging.team import people
from messaging.validators import mask_number

from . import find, words
from .find import Search

EXPORT = "mirror.export_auditentry"
START_OF_ID = re.compile(rf"[0-9a-f]{{{find.SHORTEST_START}}}(?:-|$)", re.IGNORECASE)
# What has a list of its own that says who did it.
ELSEWHERE = (
    (gettext_lazy("messages sent from here"), "messaging_composedmessage", "messaging.view_composedmessage"),
    (gettext_lazy("texts and numbers that were opened"), "messaging_reveal", "messaging.view_reveal"),
    (gettext_lazy("records that were viewed"), "mirror_recordview", "mirror.view_recordview"),
    (gettext_lazy("requests to Telnyx"), "mirror_outboxentry", "mirror.view_outboxentry"),
)
FIELDS = ("person", "kind", "record", "since", "until")


def show_list(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show one page of the changes on record."""
    if request.method not in ("GET", "HEAD"):
        raise PermissionDenied
    user = check(request, model_admin)
    search = Search.read(request.GET.dict())
    before, after = (Place.read(request.GET.get(name, "")) for name in ("before", "after"))
    records = search.records(user)
    page = find.look(search.rows(records), before=before, after=None if before else after)
    url, query = model_admin.url_of("changelist"), search.address()
    has_file = user.has_perm(EXPORT) and not records.are_too_many
    context = {
        **frame(request, model_admin, _("Audit")),
        "search": search,
        "is_searched": bool(query),
        "number": mask_number(search.number) if search.number else "",
        "kinds": sorted(
            ((each.label, words.kind_of(each.label)) for each in tables.watched()), key=lambda one: one[1]
        ),
        "records": records,
        "most_records": find.MOST_RECORDS,
        "named": ", ".join(words.plural_of(each.label) for each in find.named_kinds(user)),
        "told": words.once(words.tell(page.rows, user)),
        "is_unknown": bool(search.person) and not page.rows and not search.people(),
        "names": User.objects.order_by("username").values_list("username", flat=True)[: people.MOST_OFFERED],
        "find_url": model_admin.url_of("find"),
        "all_url": url,
        "older_url": _address(url, query, before=page.older),
        "newer_url": _address(url, query, after=page.newer),
        "newest_url": _address(url, query) if before or after else "",
        "csv_url": _address(model_admin.url_of("csv"), query) if has_file else "",
        "kept_days": retention.audit_days(),
        "elsewhere": [
            (label, reverse(f"admin:{name}_changelist"))
            for label, name, may in ELSEWHERE
            if user.has_perm(may)
        ],
    }
    return TemplateResponse(request, "admin/mirror/audit.html", context)


def _address(url: str, query: str, **place: Place | None) -> str:
    if place and not any(place.values()):
        return ""
    parts = [query, urlencode({name: str(value) for name, value in place.items()})]
    return f"{url}?{'&'.join(filter(None, parts))}"


@require_POST
def search(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Lead to what was searched for. A number that was typed, in whichever box, is only a token in the address."""
    check(request, model_admin)
    values = {name: request.POST.get(name, "") for name in FIELDS}
    typed = request.POST.get("number", "").strip()
    if not START_OF_ID.match(values["record"].strip()) and find_number(values["record"]):
        typed, values["record"] = typed or values["record"], ""
    if typed:
        number = find_number(typed)
        if number:
            throttle.spend(throttle.NUMBERS, request.user.pk)
            values["number"] = number_address.token_of(number)
        else:
            messages.warning(request, _("That isn't a phone number, so it was left out of the search."))
    query = Search.read(values).address()
    return HttpResponseRedirect(_address(model_admin.url_of("changelist"), query))


def _cells(rows: list[Any], user: User) -> None:
    for row, told in zip(rows, words.tell(rows, user), strict=True):
        row.told = told


COLUMNS = (
    Column(gettext_lazy("When (%(zone)s)"), lambda row, user: row.at),
    Column(gettext_lazy("Row"), lambda row, user: row.pk),
    Column(gettext_lazy("Who"), lambda row, user: row.told.who),
    Column(gettext_lazy("What"), lambda row, user: "; ".join([row.told.title, *row.told.lines])),
    Column(gettext_lazy("Why"), lambda row, user: row.told.reason),
    Column(gettext_lazy("Kind"), lambda row, user: words.kind_of(row.label)),
    Column(gettext_lazy("Record"), lambda row, user: row.key),
    Column(gettext_lazy("Page"), lambda row, user: words.page_of(row)),
    Column(gettext_lazy("Web request"), lambda row, user: row.request_id),
    Column(gettext_lazy("Cause"), lambda row, user: " ".join(filter(None, [row.source, row.cause]))),
)


@require_safe
def export(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponseBase:
    """Return what a search finds as a CSV file, on record."""
    user, search = check(request, model_admin, EXPORT), Search.read(request.GET.dict())
    records = search.records(user)
    if records.are_too_many:  # the page says so
        return HttpResponseRedirect(_address(model_admin.url_of("changelist"), search.address()))
    return list_csv.answer(request, model_admin, search.rows(records), COLUMNS, _cells)
