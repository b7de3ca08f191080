"""The pages of a table of requests: choose a file, see what each row becomes, import all good rows or none.

Nothing here sends anything to Telnyx.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from messaging import list_csv, spreadsheet
from messaging.desk import acts
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame
from messaging.mirror import clock

from .. import operations
from ..links import work
from ..models import BulkImport, VerificationRequest
from ..page import ADD
from . import columns, rows
from .reading import MOST_BYTES, MOST_ROWS, Table, read_file, refusal

FOLDER = "admin/tollfree/verificationrequest/"
NAME = "tollfree_verificationrequest_bulk"
# More good rows than this are counted, not listed.
MOST_LISTED = 100


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV or XLSX file"),
        help_text=gettext_lazy("One row per request, at most 500. Nothing is sent to Telnyx."),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx", "class": "desk-field"}),
    )
    table: Table

    def clean_file(self) -> None:
        upload = self.cleaned_data["file"]
        # For a file that is far too large, only the size was kept.
        if (upload.size or 0) > MOST_BYTES:
            raise refusal("size")
        self.table = read_file(upload.read())


def url(of: BulkImport, page: str = "table") -> str:
    return reverse(f"admin:{NAME}_{page}", args=[of.pk])


def upload(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Choose a file; on POST, read it and lead to what was read."""
    user = check(request, model_admin, ADD)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        read = BulkImport.objects.create(table=form.table.data, sha256=form.table.sha256, uploaded_by=user)
        return HttpResponseRedirect(url(read))
    heads = [columns.head(field) for field in columns.FIELDS]
    context = {
        **frame(request, model_admin, _("Import a table of requests")),
        "form": form,
        "heads": heads,
        "allowed": columns.allowed(),
        "most": MOST_ROWS,
    }
    return TemplateResponse(request, f"{FOLDER}bulk_upload.html", context)


@require_safe
def template(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse | StreamingHttpResponse:
    check(request, model_admin, ADD)
    return list_csv.served("toll-free-requests.csv", [columns.template().encode()])


def _own(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> BulkImport:
    """Return a table that this person uploaded; contacts are in it, so nobody else sees it."""
    user = check(request, model_admin, ADD)
    found = BulkImport.objects.filter(pk=pk, uploaded_by=user).first()
    if found is None:
        raise Http404
    return found


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what becomes of each row, with what is wrong in the person's own table."""
    read = _own(request, pk, model_admin)
    user = check(request, model_admin, ADD)
    table = Table.of(read.table)
    found = rows.of(table, user) if not read.imported_at else []
    good = [row for row in found if not row.faults]
    bad = [row for row in found if row.faults]
    context = {
        **frame(request, model_admin, _("Import a table of requests")),
        "read": read,
        "is_forgotten": not read.table,
        "good": good[:MOST_LISTED],
        "good_count": len(good),
        "more_good": max(0, len(good) - MOST_LISTED),
        "bad": bad,
        "unfinished": sum(bool(row.missing) for row in good),
        "not_read": table.not_read(),
        "other_sheets": table.other_sheets,
        "earlier": _earlier(read),
        "left_out": len(read.table.get("left", [])),
    }
    return TemplateResponse(request, f"{FOLDER}bulk_table.html", context)


def _earlier(read: BulkImport) -> BulkImport | None:
    """Return when the same table was imported before."""
    same = BulkImport.objects.filter(sha256=read.sha256, imported_at__isnull=False).exclude(pk=read.pk)
    return same.select_related("uploaded_by").order_by("-imported_at").first()


class NotNow(Exception):
    """The table can't be imported as it was shown; the text says why."""


@require_POST
def make(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Make drafts of all good rows at once. A second click, or a table that reads differently by now, makes none."""
    read = _own(request, pk, model_admin)
    user = check(request, model_admin, ADD)
    try:
        with transaction.atomic():
            # Two tables with the same number must not both find it free.
            operations.one_after_another()
            made = _make(BulkImport.objects.select_for_update().get(pk=read.pk), user, request)
    except NotNow as why:
        messages.warning(request, str(why))
        return HttpResponseRedirect(url(read))
    words = ngettext(
        "%(n)s draft was made. Nothing was sent to Telnyx.",
        "%(n)s drafts were made. Nothing was sent to Telnyx.",
        made,
    )
    messages.success(request, words % {"n": made})
    return HttpResponseRedirect(url(read))


def _make(read: BulkImport, user: User, request: HttpRequest) -> int:
    if read.imported_at:
        raise NotNow(_("This table was already imported. Nothing was done again."))
    if not read.table:
        raise NotNow(_("This table is no longer kept. Choose the file again."))
    if _earlier(read) and not request.POST.get("again"):
        raise NotNow(_("Nothing was imported: confirm that you want to import the same table again."))
    table = Table.of(read.table)
    found = rows.of(table, user)
    good = [row for row in found if not row.faults]
    if str(len(good)) != request.POST.get("good"):
        raise NotNow(
            _("Nothing was imported: some rows would now be read differently. This is how they are read now.")
        )
    if not good:
        raise NotNow(_("Nothing was imported: no row can become a draft."))
    for row in good:
        row.draft.created_by = user
        row.draft.save(force_insert=True)
        work.note(row.draft)
        acts.record(user, row.draft, _("Imported from a table, row %(row)s.") % {"row": row.number})
    words = ngettext("Imported %(n)s draft from a table", "Imported %(n)s drafts from a table", len(good))
    acts.record_of_list(user, VerificationRequest, words % {"n": len(good)})
    read.imported_at, read.drafts = clock.now(), len(good)
    read.table = {
        **table.data,
        "rows": [],
        "left": [[row.number, row.cells, row.why] for row in found if row.faults],
    }
    read.save()
    return len(good)


@require_safe
def left_out(
    request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin
) -> HttpResponse | StreamingHttpResponse:
    """Serve the rows that stay out, in the columns of the person's own table, with the reasons."""
    read = _own(request, pk, model_admin)
    user = check(request, model_admin, ADD)
    table = Table.of(read.table)
    found = read.table.get("left")
    if found is None:
        found = [[row.number, row.cells, row.why] for row in rows.of(table, user) if row.faults]
    places = [place for place, text in enumerate(table.heads) if not columns.is_ours(text)]
    heads = [*(table.heads[place] for place in places), str(columns.ROW), str(columns.WHY)]
    lines: list[list[Any]] = [
        [*(_shown(cells, place) for place in places), number, why] for number, cells, why in found
    ]
    return list_csv.served(
        "rows-left-out.csv", [(spreadsheet.BOM + spreadsheet.lines([heads, *lines])).encode()]
    )


def _shown(cells: list[str], place: int) -> str:
    cell = cells[place] if place < len(cells) else ""
    return "" if cell.startswith("\ufffd") else cell
