"""What people do with one order. Every action is a POST, needs its permission, and returns to the order."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from messaging.desk import three_ways, undoing
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import (
    InPlace,
    NotAllowed,
    action_view,
    form_token,
    get_or_404,
    reason_of,
    say_refusals,
    user_of,
    uuid_or_none,
)
from messaging.files import NotKept
from messaging.team import approvals
from messaging.validators import display_number

from ..choices import CodeMethod, DocumentKind
from ..documents import checklist, doubts, store
from ..documents import page as papers
from ..documents.forms import ChecklistForm, DateForm, UploadForm
from ..models import Document, HostedOrder
from ..state.eligibility import Kind
from . import approving, ownership_codes, page, workflow
from .forms import CancelForm, DraftForm, LinesForm, draft_values
from .views import ask_to_cancel, ask_to_delete, ask_to_remove, ask_to_send, confirm, draw

# A field in the form that sends codes: this prefix and the number; its value is how the code is sent.
WAY = "way"
MOST_LINES_SAID = 20

REFUSALS = (NotKept, store.DocumentChanged, approvals.Answered)
action = partial(action_view, url=page.page_url, refusals=REFUSALS, in_place=draw)


def submit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what will be ordered; on POST, promise it once."""
    order = get_or_404(request, pk, model_admin, page.SUBMIT)
    if request.method == "POST":
        return promise_order(request, pk, model_admin)
    return confirm(request, order, model_admin)


@action(page.SUBMIT)
def promise_order(request: HttpRequest, order: HostedOrder) -> str:
    if approvals.is_needed(order):
        approving.ask_to_order(order, by=user_of(request))
        return str(approving.ASKED)
    entry = workflow.submit(order, by=user_of(request), form_token=form_token(request))
    return undoing.queued(entry, _("Order queued. The result will appear here."))


def cancel(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Explain what canceling does; on POST, cancel if the word was typed."""
    order = get_or_404(request, pk, model_admin, page.CANCEL)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return promise_cancel(request, pk, model_admin)
    return ask_to_cancel(request, order, model_admin, form)


@action(page.CANCEL)
def promise_cancel(request: HttpRequest, order: HostedOrder) -> str:
    reason = request.POST.get("reason", "")
    workflow.cancel(order, by=user_of(request), reason=reason, form_token=form_token(request))
    order.refresh_from_db()
    if order.cancel_wanted_at:
        return _(
            "We don't know yet whether Telnyx has the order. If it does, we cancel it as soon as we know."
        )
    if order.remote_id is None:
        return _("Telnyx doesn't have the order, so nothing is ordered. It is a draft again.")
    return _("Cancellation queued. The result will appear here.")


def delete_draft(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Say what is lost with a draft; on POST, delete it."""
    order = get_or_404(request, pk, model_admin, page.DELETE)
    if request.method != "POST":
        return ask_to_delete(request, order, model_admin)
    with say_refusals(request):
        workflow.delete_draft(order, by=user_of(request))
        messages.success(request, _("Draft deleted. Nothing was ordered."))
        return HttpResponseRedirect(reverse("admin:hosted_hostedorder_changelist"))
    return HttpResponseRedirect(page.page_url(order))


def save_typed(request: HttpRequest, order: HostedOrder) -> list[str]:
    """Save what the form of a draft holds, which every button of the draft sends; return what was done, in words.

    Raise InPlace if something typed was refused: then the button does nothing else.
    """
    lines = LinesForm(order, request.POST, request.FILES)
    said = [_save_fields(request, order)]
    if lines.has_typed():
        said += [_add_lines(request, order, lines)]
    return [words for words in said if words]


def _save_fields(request: HttpRequest, order: HostedOrder) -> str:
    if not DraftForm.base_fields.keys() & request.POST.keys():
        return ""
    with transaction.atomic():
        row = order.lock()
        if not row.is_editable():
            raise NotAllowed(_("The order is no longer a draft."))
        before = draft_values(row)
        form = DraftForm(request.POST, instance=row)
        ways = three_ways.of(form)
        if not form.is_valid():
            lines = LinesForm(order, request.POST, request.FILES)
            raise InPlace(draft_form=form, ways=ways, **({"lines_form": lines} if lines.has_typed() else {}))
        ways.say(request)
        workflow.save_draft(row, before, draft_values(row), by=user_of(request))
    order.refresh_from_db()
    return _("Draft saved.") if form.has_changed() else ""


def _add_lines(request: HttpRequest, order: HostedOrder, form: LinesForm) -> str:
    if not form.is_valid() or form.needs_a_look():
        raise InPlace(lines_form=form)
    count = workflow.add_lines(order, form.reading(), by=user_of(request), seen=form.opened_lines())
    said = _added(order, form, count)
    return " ".join([said, form.found.sentence(), form.found.naming()]) if form.found and form.files else said


def _added(order: HostedOrder, form: LinesForm, count: int) -> str:
    """Say how many numbers were added, or why none was."""
    numbers = form.reading().numbers()
    if count:
        return ngettext("%(n)s number added.", "%(n)s numbers added.", count) % {"n": count}
    if not form.reading().lines:
        return _("The lines that were left out have been discarded.")
    if numbers and order.numbers.filter(phone_number__in=numbers).count() == len(numbers):
        return _("Nothing new: the order already has these numbers.")
    return _("No number was added. The reason is beside each line.")


@action(page.CHANGE)
def check(request: HttpRequest, order: HostedOrder) -> str:
    said = save_typed(request, order)
    workflow.check(order, by=user_of(request), form_token=form_token(request))
    return " ".join([*said, _("We've asked Telnyx. The answer will appear here within seconds.")])


@action(page.APPROVE)
def check_to_approve(request: HttpRequest, order: HostedOrder) -> str:
    """Check eligibility again for an order that waits for approval: checking changes nothing of it."""
    if not order.waits_for_approval():
        raise NotAllowed(str(approving.NOTHING_WAITS))
    workflow.check(order, by=user_of(request), form_token=form_token(request))
    return _("We've asked Telnyx. The answer will appear here within seconds.")


@action(page.CHANGE)
def keep_eligible(request: HttpRequest, order: HostedOrder) -> str:
    """Remove the numbers that are not eligible, or those that could not be checked."""
    save_typed(request, order)
    kind = Kind.UNKNOWN if request.POST.get("kind") == Kind.UNKNOWN else Kind.INELIGIBLE
    count = workflow.keep_eligible(order, by=user_of(request), kind=kind)
    if not count:
        return _("There was nothing left to remove.")
    return ngettext("%(n)s number removed.", "%(n)s numbers removed.", count) % {"n": count}


@action(page.CHANGE, at="numbers")
def add_numbers(request: HttpRequest, order: HostedOrder) -> str:
    """Add the numbers from a paste or file; lines that are not numbers stay in the box, each with the reason."""
    _save_fields(request, order)
    return _add_lines(request, order, LinesForm(order, request.POST, request.FILES))


@action(page.CHANGE, at="numbers")
def drop_number(request: HttpRequest, order: HostedOrder) -> str:
    save_typed(request, order)
    phone_number = request.POST.get("number", "")
    workflow.drop_number(order, phone_number, by=user_of(request), reason=reason_of(request))
    return _("%(number)s removed.") % {"number": display_number(phone_number)}


def save_draft(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Save a draft, and go on to the page that shows what will be ordered if that was pressed."""
    answer = _save_draft(request, pk, model_admin)
    if "_order" in request.POST and answer.status_code == 302:
        return HttpResponseRedirect(reverse("admin:hosted_hostedorder_submit", args=[pk]))
    return answer


@action(page.CHANGE)
def _save_draft(request: HttpRequest, order: HostedOrder) -> str:
    if not order.is_editable():
        raise NotAllowed(_("The order is no longer a draft."))
    return " ".join(save_typed(request, order)) or _("Draft saved.")


@action(page.OVERRIDE)
def override(request: HttpRequest, order: HostedOrder) -> str:
    if not order.is_editable():
        raise NotAllowed(_("The order is no longer a draft."))
    number = get_object_or_404(order.numbers, phone_number=request.POST.get("number", ""))
    workflow.override(number, by=user_of(request), reason=request.POST.get("reason", "")[:500])
    return _("%(number)s can be ordered anyway.") % {"number": number}


def send_codes(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Send codes; if many lines would ring at once, say first how many."""
    if request.method == "POST" and "sure" not in request.POST:
        order = get_or_404(request, pk, model_admin, page.SUBMIT)
        ways = _ways(request)
        if len(ways) > ownership_codes.FEW and set(ways.values()) <= set(CodeMethod.values):
            return ask_to_send(request, order, model_admin, ways)
    return promise_codes(request, pk, model_admin)


@action(page.SUBMIT, at="prove")
def promise_codes(request: HttpRequest, order: HostedOrder) -> str:
    """Send codes by the method chosen for each number, or by one method to the chosen numbers."""
    ways = _ways(request)
    if not set(ways.values()) <= set(CodeMethod.values):
        raise BadRequest("no such method")
    if not ways:
        raise NotAllowed(_("Choose how to send the code for at least one number."))
    workflow.send_codes_by(order, ways, by=user_of(request), form_token=form_token(request))
    return _("Codes queued. The result will appear beside each number.")


def _ways(request: HttpRequest) -> dict[str, str]:
    """Return the method for each number that gets a code."""
    if "method" in request.POST:
        return dict.fromkeys(request.POST.getlist("number"), request.POST["method"])
    if "call" in request.POST:
        return {request.POST["call"]: CodeMethod.CALL.value}
    chosen = {name: value for name, value in request.POST.items() if name.startswith(WAY)}
    return {name.removeprefix(WAY): str(value) for name, value in chosen.items() if value}


@action(page.SUBMIT, at="prove")
@sensitive_variables()
def _check_codes(request: HttpRequest, order: HostedOrder) -> str:
    """Take typed and pasted codes and pass on those that fit a number; none of our responses repeats them."""
    phone_numbers = [number.phone_number for number in order.numbers.all() if not number.is_owned()]
    pasted = ownership_codes.read_paste(request.POST.get("paste", ""), phone_numbers)
    if pasted.is_too_long:
        raise NotAllowed(_("Nothing was checked. Paste only the codes of this order, one on each line."))
    typed = {number: re.sub(r"[\s-]+", "", request.POST.get(f"code{number}", "")) for number in phone_numbers}
    wrong = [number for number, code in typed.items() if code and not ownership_codes.CODE.fullmatch(code)]
    found = pasted.codes | {number: code for number, code in typed.items() if code and number not in wrong}
    left = _not_checked(pasted.words(), wrong)
    if left and not found:
        raise NotAllowed(" ".join([_("Nothing was checked."), *left]))
    workflow.validate_codes(order, found, by=user_of(request), form_token=form_token(request))
    for words in left:
        messages.warning(request, words)
    said = ngettext("%(n)s code queued for Telnyx.", "%(n)s codes queued for Telnyx.", len(found))
    return " ".join([said % {"n": len(found)}, _("The result will appear beside each number.")])


def _not_checked(lines: Sequence[str], wrong: Sequence[str]) -> list[str]:
    """Say which pasted lines and which typed codes were not passed on, and why."""
    said = []
    if lines:
        words = _(
            "These pasted lines don't match any number that still has to be proved here, so they weren't "
            "checked: %(lines)s."
        )
        said.append(words % {"lines": _some(lines)})
    if wrong:
        words = _(
            "A code has 3 to 12 letters and digits, so the codes typed for these weren't checked: %(numbers)s."
        )
        said.append(words % {"numbers": _some([display_number(number) for number in wrong])})
    return said


def _some(parts: Sequence[str]) -> str:
    more = len(parts) - MOST_LINES_SAID
    rest = [_("and %(n)s more") % {"n": more}] if more > 0 else []
    return ", ".join([*parts[:MOST_LINES_SAID], *rest])


check_codes = sensitive_post_parameters()(_check_codes)


def remove_number(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Say what the removal of a number from its order at Telnyx means, and do it once that is confirmed."""
    if request.method == "POST" and "sure" not in request.POST:
        order = get_or_404(request, pk, model_admin, page.CANCEL)
        return ask_to_remove(request, order, model_admin)
    return promise_removal(request, pk, model_admin)


@action(page.CANCEL, at="numbers")
def promise_removal(request: HttpRequest, order: HostedOrder) -> str:
    number = get_object_or_404(order.numbers, phone_number=request.POST.get("number", ""))
    workflow.remove_number(
        number, by=user_of(request), form_token=form_token(request), reason=reason_of(request)
    )
    return _("Removal of %(number)s queued. The result will appear here.") % {"number": number}


@action(page.UPLOAD, at="papers")
def upload(request: HttpRequest, order: HostedOrder) -> str:
    """Take the letter, the bill, or both; what is wrong with one file doesn't keep the other out."""
    _refuse_if_not_open(order)
    forms = [UploadForm(kind, request.POST, request.FILES) for kind in DocumentKind]
    chosen = [form for form in forms if form.has_changed()]
    if not chosen:
        raise NotAllowed(_("Choose the letter, the bill, or both."))
    checked, kept = [], []
    for form in filter(UploadForm.is_valid, chosen):
        with _beside(form):
            file = form.cleaned_data["file"]
            document, content = store.check(order, form.kind, file, by=user_of(request), **form.dates())
            if here := store.already_here(document):
                messages.info(request, _already_here(here))
            else:
                checked.append((form, document, content))
    doubts.of_pair([document for _form, document, _content in checked])
    for form, document, content in checked:
        with _beside(form):
            kept.append(store.add(document, content))
    for document in kept:
        if document.is_waiting():
            words = _("%(name)s uploaded, but not kept yet. Look at it below, then keep or discard it.")
            # Not a warning: that would say that what was typed isn't saved.
            messages.info(request, words % {"name": document.get_kind_display()})
    said = " ".join(_saved(document) for document in kept if not document.is_waiting())
    if refused := [form for form in chosen if form.errors]:
        if said:
            messages.success(request, said)
        raise InPlace(upload_forms=refused)
    return said


def _refuse_if_not_open(order: HostedOrder) -> None:
    if not order.is_open_at_telnyx():
        raise NotAllowed(_("The order isn't open at Telnyx."))


@contextmanager
def _beside(form: UploadForm) -> Iterator[None]:
    """Say beside a file's field why it isn't kept."""
    try:
        yield
    except NotKept as error:
        form.add_error("file", str(error))


def _already_here(document: Document) -> str:
    about = {"name": document.get_kind_display(), "version": document.version}
    return _("%(name)s: this file is already here, as version %(version)s. Nothing was changed.") % about


def _saved(document: Document) -> str:
    about = {"name": document.get_kind_display(), "version": document.version}
    return _("%(name)s saved as version %(version)s. Compare it now.") % about


@action(page.UPLOAD, at="papers")
def answer_upload(request: HttpRequest, order: HostedOrder) -> str:
    """Keep an upload that raised doubts, discard it, or keep it as a document of the other kind."""
    _refuse_if_not_open(order)
    ids = {one for typed in request.POST.getlist("document") if (one := uuid_or_none(typed))}
    answer, by = request.POST.get("answer", ""), user_of(request)
    if answer == "swap" and ids:
        day = _day(request) if len(ids) == 1 else None
        return " ".join(map(_saved, store.swap(order, ids, by=by, day=day)))
    if answer not in ("keep", "discard") or len(ids) != 1:
        raise BadRequest("no such answer")
    if answer == "keep":
        return _saved(store.keep(order, ids.pop(), by=by))
    document = store.discard(order, ids.pop(), by=by)
    return _("%(name)s: upload discarded.") % {"name": document.get_kind_display()}


def _day(request: HttpRequest) -> date:
    form = DateForm(DocumentKind.LOA, request.POST)
    if not form.is_valid():
        raise NotAllowed(" ".join(map(str, form.errors["day"])))
    day: date = form.cleaned_data["day"]
    return day


@action(page.UPLOAD, at="papers")
def tick(request: HttpRequest, order: HostedOrder) -> str:
    document_id = uuid_or_none(request.POST.get("document", ""))
    if document_id is None:
        raise BadRequest("no such document")
    document = get_object_or_404(order.documents, pk=document_id, replaced_by=None, sent_at=None)
    form = ChecklistForm(document, request.POST)
    if not form.is_valid():
        raise BadRequest("no such item")
    checklist.tick(document, form.cleaned_data["ticked"], by=user_of(request))
    return _("Checklist saved.")


@action(page.UPLOAD, at="papers")
def send_documents(request: HttpRequest, order: HostedOrder) -> str:
    if approvals.is_needed(order):
        approving.ask_to_send(order, by=user_of(request))
        return str(approving.ASKED)
    documents = list(order.documents.select_related("promise"))
    if reason := papers.unsendable(documents, list(store.waiting(order))):
        raise NotAllowed(str(reason))
    workflow.send_documents(
        order, papers.to_send(documents), by=user_of(request), form_token=form_token(request)
    )
    return _("Documents queued. The result will appear here.")


@action(page.ADD)
def move_failed(request: HttpRequest, order: HostedOrder) -> tuple[str, HostedOrder]:
    return _("Linked draft created."), workflow.move_failed(order, by=user_of(request))


@action(page.CHANGE)
def check_again(request: HttpRequest, order: HostedOrder) -> str:
    workflow.check_again_later(order, by=user_of(request))
    return _("In 30 days this order comes back to “Action needed”, for everyone here.")


@action(page.CHANGE)
def acknowledge(request: HttpRequest, order: HostedOrder) -> str:
    workflow.acknowledge_transfer(order, by=user_of(request))
    return _("Marked as seen for everyone.")
