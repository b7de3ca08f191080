"""The pages of one order; the actions are in actions.py."""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from messaging.desk import acts, three_ways
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import frame, get_or_404, reason_of, user_of
from messaging.team import approvals

from ..choices import CodeMethod, NumberStatus
from ..documents import letter, letter_details, names
from ..documents import views as document_views
from ..documents.forms import LetterForm, UploadForm
from ..entry.parse import Verdict, alike
from ..models import HostedOrder
from . import page, workflow
from .forms import CancelForm, DraftForm, LinesForm, NamesForm, NumbersForm
from .numbers_csv import numbers_csv

FOLDER = "admin/hosted/hostedorder/"


# Pages.


def new(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Read numbers in any format, show the result for each line, and save a draft with the valid ones."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied(page.ADD)
    form = NumbersForm(request.POST or None, request.FILES or None, initial={"draft_id": uuid4()})
    context = {**frame(request, model_admin, _("New hosted order")), "form": form}
    if request.method == "POST" and form.is_valid():
        reading, text = form.reading(), form.cleaned_data["text"]
        stamp = sha256(text.replace("\r\n", "\n").encode()).hexdigest()
        if "_save" in request.POST and request.POST.get("read") == stamp and reading.accepted():
            return _begin(request, form)
        context |= {
            "reading": reading,
            "stamp": stamp,
            "counts": [(verdict, len(reading.of(verdict))) for verdict in Verdict],
            "good": reading.accepted(),
            "alike": alike(reading.lines),
            "is_long": len(reading.lines) > page.SHORT_READING,
            "refused": reading.of(Verdict.REFUSED),
        }
    return TemplateResponse(request, f"{FOLDER}new.html", context)


def _begin(request: HttpRequest, form: NumbersForm) -> HttpResponse:
    """Save the draft once; a second click opens the same one."""
    with transaction.atomic():
        order, made = HostedOrder.objects.get_or_create(
            pk=form.cleaned_data["draft_id"], defaults={"created_by": user_of(request)}
        )
        if order.created_by_id != request.user.pk:  # the id belongs to someone else's record
            raise PermissionDenied
        if made:
            workflow.add_lines(order, form.reading(), by=user_of(request))
    return HttpResponseRedirect(page.page_url(order))


def show(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    return draw(request, get_or_404(request, pk, model_admin), model_admin)


def draw(
    request: HttpRequest, order: HostedOrder, model_admin: DeskModelAdmin, **refused: Any
) -> HttpResponse:
    """Show an order with everything that can be done now; `refused` are rejected forms with what was typed."""
    context = {**frame(request, model_admin, str(order)), **page.context(order, user_of(request))}
    context |= {"original": order, "form_token": uuid4().hex}
    if context["may"]["change"]:
        form = DraftForm(instance=order)
        context |= {"draft_form": form, "ways": three_ways.compare(form), "lines_form": LinesForm(order)}
    uploads: dict[str, UploadForm] = {form.kind: form for form in refused.pop("upload_forms", ())}
    for paper in context["papers"]:
        paper.form = uploads.get(paper.kind, paper.form)
    context["must_upload"] = any(paper.must_upload() for paper in context["papers"])
    context["papers_open"] = any(paper.asked or paper.form.errors for paper in context["papers"])
    return TemplateResponse(request, f"{FOLDER}order.html", context | refused)


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the parts that change by themselves, for a page that keeps refreshing."""
    order: HostedOrder = get_or_404(request, pk, model_admin)
    return render(request, f"{FOLDER}progress.html", page.context(order, user_of(request)))


@require_safe
def export(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Return the order's numbers as a CSV file: the check's result, every step, and Telnyx's status."""
    order: HostedOrder = get_or_404(request, pk, model_admin)
    documents = order.documents.select_related("promise")
    text = numbers_csv(order, order.numbers.all(), documents)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    name = f"{'numbers' if order.remote_id else 'eligibility'}-{str(order.pk)[:8]}.csv"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def confirm(request: HttpRequest, order: HostedOrder, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what will be ordered."""
    if order.waits_for_approval():
        messages.warning(request, _("It is waiting for a colleague's approval. Nothing has been sent yet."))
        return HttpResponseRedirect(page.page_url(order))
    if not order.is_editable() or order.problems():
        messages.error(request, _("This order can't be created now. The reasons are below."))
        return HttpResponseRedirect(page.page_url(order))
    context = {
        **frame(request, model_admin, _("Create order")),
        "record": order,
        "left_out": page.lines_left_out(order, order.numbers.count()),
        "review_days": settings.HOSTED_REVIEW_DAYS,
        "needs_approval": approvals.is_needed(order),
        "form_token": uuid4().hex,
    }
    return TemplateResponse(request, f"{FOLDER}submit.html", context)


def ask_to_cancel(
    request: HttpRequest, order: HostedOrder, model_admin: DeskModelAdmin, form: CancelForm
) -> HttpResponse:
    """Explain what canceling does, and ask for the word."""
    if not order.can_cancel():
        messages.info(request, _("There is nothing to cancel."))
        return HttpResponseRedirect(page.page_url(order))
    numbers = list(order.numbers.all())
    live = [number for number in numbers if number.status == NumberStatus.SUCCESSFUL]
    context = {**frame(request, model_admin, _("Cancel order")), "record": order, "form": form}
    others = [number for number in numbers if number.is_in_order() and not number.has_failed()]
    context |= {"live": live, "others": len(others) - len(live), "form_token": uuid4().hex}
    context["is_unsent"] = order.can_be_taken_back()
    return TemplateResponse(request, f"{FOLDER}cancel.html", context)


def ask_to_delete(request: HttpRequest, order: HostedOrder, model_admin: DeskModelAdmin) -> HttpResponse:
    """Say what is lost with a draft."""
    if not order.can_delete_draft():
        messages.error(request, str(workflow.NOT_DELETABLE))
        return HttpResponseRedirect(page.page_url(order))
    context = {**frame(request, model_admin, _("Delete draft")), "record": order}
    return TemplateResponse(request, f"{FOLDER}delete_draft.html", context | {"count": order.numbers.count()})


def ask_to_send(
    request: HttpRequest, order: HostedOrder, model_admin: DeskModelAdmin, ways: Mapping[str, str]
) -> HttpResponse:
    """Say how many phones ring and how many texts go out before many codes are sent."""
    used = Counter(ways.values())
    context = {**frame(request, model_admin, _("Send codes")), "record": order, "ways": ways}
    context |= {"calls": used[CodeMethod.CALL], "texts": used[CodeMethod.SMS], "form_token": uuid4().hex}
    return TemplateResponse(request, f"{FOLDER}send_codes.html", context)


def ask_to_remove(request: HttpRequest, order: HostedOrder, model_admin: DeskModelAdmin) -> HttpResponse:
    """Say what it means that Telnyx takes a number out of an order."""
    number = get_object_or_404(order.numbers, phone_number=request.POST.get("number", ""))
    context = {**frame(request, model_admin, _("Remove %(number)s") % {"number": number}), "record": order}
    context |= {"number": number, "reason": reason_of(request), "form_token": uuid4().hex}
    return TemplateResponse(request, f"{FOLDER}remove_number.html", context)


def make_letter(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Ask for what the letter says in addition to the numbers, and return it as a PDF.

    What was typed is kept for the next letter of this order or its customer, unless the person clears it.
    """
    order: HostedOrder = get_or_404(request, pk, model_admin, page.UPLOAD)
    if request.method == "POST" and "_clear" in request.POST:
        letter_details.forget(order)
        messages.success(request, _("What was typed for earlier letters has been deleted."))
        return HttpResponseRedirect(request.path)
    kept = letter_details.find(order)
    typed = letter_details.values(kept)
    form = LetterForm(request.POST or None, initial={"account_holder": order.customer} | typed)
    for field in form.fields.values():
        field.widget.attrs["class"] = "desk-field"
    if request.method == "POST" and form.is_valid():
        content = letter.make(order, form.holder())
        letter_details.keep(order, form.cleaned_data, by=user_of(request))
        acts.record(user_of(request), order, _("Letter of authorization created"))
        return document_views.pdf(content, names.letter_name(order.customer), as_attachment=True)
    context = {**frame(request, model_admin, _("Create letter")), "record": order, "form": form}
    context["kept"] = kept if typed else None
    return TemplateResponse(request, f"{FOLDER}letter.html", context)


def edit_names(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show the names of an order's numbers; on POST, save those that changed."""
    order: HostedOrder = get_or_404(request, pk, model_admin, page.CHANGE)
    with transaction.atomic():
        row = order.lock() if request.method == "POST" else order
        numbers = list(row.numbers.order_by("phone_number"))
        form = NamesForm(numbers, request.POST or None)
        ways = three_ways.of(form)
        if request.method == "POST" and form.is_valid():
            typed = {number.phone_number: form.cleaned_data[str(number.pk)] for number in numbers}
            workflow.rename(row, typed, by=user_of(request))
            ways.say(request)
            messages.success(request, _("Names saved."))
            return HttpResponseRedirect(page.page_url(order))
    context = {**frame(request, model_admin, _("Names of the numbers")), "record": order}
    return TemplateResponse(request, f"{FOLDER}names.html", context | {"form": form, "ways": ways})
