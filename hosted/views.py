"""The pages and deeds around one order. Every deed is a POST, needs its permission, and comes back to the order."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from messaging.files import NotKept
from messaging.mirror import outbox

from . import codes, ordering, page
from .choices import CodeMethod, DocumentKind
from .documents import checklist, letter, store
from .documents import views as document_views
from .documents.forms import ChecklistForm, LetterForm, UploadForm
from .forms import DraftForm, NumbersForm
from .models import HostedOrder
from .numbers import Verdict
from .ordering import HasProblems, NotAllowed

if TYPE_CHECKING:
    from .admin import HostedOrderAdmin

FOLDER = "admin/hosted/hostedorder/"
MOST_SAID = 5


def user_of(request: HttpRequest) -> User:
    """Return who asks; nobody gets past admin_view without being logged in."""
    return cast(User, request.user)


def get(request: HttpRequest, pk: UUID, model_admin: "HostedOrderAdmin", permission: str = "") -> HostedOrder:
    """Return the order for somebody who may see it and has the permission. 403 and 404 otherwise."""
    if not model_admin.has_view_permission(request) or (
        permission and not user_of(request).has_perm(permission)
    ):
        raise PermissionDenied
    orders = model_admin.get_queryset(request).select_related("created_by", "messaging_profile", "moved_from")
    order = orders.prefetch_related("numbers").filter(pk=pk).first()
    if order is None:
        raise Http404
    return order


def frame(request: HttpRequest, model_admin: "HostedOrderAdmin", title: str) -> dict[str, Any]:
    request.current_app = model_admin.admin_site.name
    return {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, "title": title}


# Pages.


def new(request: HttpRequest, model_admin: "HostedOrderAdmin") -> HttpResponse:
    """Read numbers in any shape, show what became of each line, and save a draft with those that are right."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    form = NumbersForm(request.POST or None, request.FILES or None, initial={"draft_id": uuid4()})
    context = {**frame(request, model_admin, _("New hosted order")), "form": form}
    if request.method == "POST" and form.is_valid():
        reading, text = form.reading(), form.cleaned_data["text"]
        stamp = sha256(text.replace("\r\n", "\n").encode()).hexdigest()
        if "_save" in request.POST and request.POST.get("read") == stamp and reading.accepted():
            return _begin(request, form)
        form.data = {**request.POST.dict(), "text": text}
        counts = [(verdict.label, len(reading.of(verdict))) for verdict in Verdict]
        context |= {"reading": reading, "stamp": stamp, "counts": counts, "good": len(reading.accepted())}
    return TemplateResponse(request, f"{FOLDER}new.html", context)


def _begin(request: HttpRequest, form: NumbersForm) -> HttpResponse:
    """Save the draft once; a second click opens the same one."""
    with transaction.atomic():
        order, made = HostedOrder.objects.get_or_create(
            pk=form.cleaned_data["draft_id"], defaults={"created_by": user_of(request)}
        )
        if order.created_by_id != request.user.pk:  # an id that somebody else's record has
            raise PermissionDenied
        if made:
            ordering.set_numbers(order, form.reading().accepted())
    return HttpResponseRedirect(page.page_url(order))


def show(request: HttpRequest, order: HostedOrder, model_admin: "HostedOrderAdmin") -> HttpResponse:
    """Show an order with everything that can be done with it now."""
    context = {**frame(request, model_admin, str(order)), **page.context(order, user_of(request))}
    context |= {"original": order, "form_token": uuid4().hex, "moved_to": order.moved_to.all()}
    context["movable"] = ordering.movable_numbers(order) if order.remote_id else []
    if order.is_editable():
        context |= {"problems": order.problems(), "draft_form": DraftForm(instance=order)}
        bad = sum(row.verdict.kind == "ineligible" and row.is_blocked for row in context["rows"])
        context |= {"bad": bad, "keepable": len(context["rows"]) - bad}
    return TemplateResponse(request, f"{FOLDER}order.html", context)


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: "HostedOrderAdmin") -> HttpResponse:
    """Show only what moves by itself, for a page that looks again and again."""
    order = get(request, pk, model_admin)
    return render(request, f"{FOLDER}progress.html", page.context(order, user_of(request)))


def submit(request: HttpRequest, pk: UUID, model_admin: "HostedOrderAdmin") -> HttpResponse:
    """Show what will be ordered; on POST promise it, once."""
    order = get(request, pk, model_admin, page.SUBMIT)
    if request.method == "POST":
        return promise_order(request, pk, model_admin)
    if not order.is_editable() or order.problems():
        messages.error(request, _("This order cannot be created now; the reasons stand below."))
        return HttpResponseRedirect(page.page_url(order))
    context = {**frame(request, model_admin, _("Create the order")), "record": order}
    return TemplateResponse(request, f"{FOLDER}submit.html", context | {"form_token": uuid4().hex})


def cancel(request: HttpRequest, pk: UUID, model_admin: "HostedOrderAdmin") -> HttpResponse:
    """Say what cancelling does, and cancel when the word was typed."""
    order = get(request, pk, model_admin, page.CANCEL)
    if request.method == "POST":
        return promise_cancel(request, pk, model_admin)
    live = [number for number in order.numbers.all() if number.status == "successful"]
    context = {**frame(request, model_admin, _("Cancel the order")), "record": order, "live": live}
    return TemplateResponse(request, f"{FOLDER}cancel.html", context | {"form_token": uuid4().hex})


def make_letter(request: HttpRequest, pk: UUID, model_admin: "HostedOrderAdmin") -> HttpResponse:
    """Ask what the letter says besides the numbers, and hand it out as a PDF. Nothing of it is kept."""
    order = get(request, pk, model_admin, page.UPLOAD)
    form = LetterForm(request.POST or None)
    for field in form.fields.values():
        field.widget.attrs["class"] = "desk-field"
    if request.method == "POST" and form.is_valid():
        content = letter.make(order, form.holder())
        return document_views.pdf(content, "letter-of-authorization.pdf", as_attachment=True)
    context = {**frame(request, model_admin, _("Make the letter")), "record": order, "form": form}
    return TemplateResponse(request, f"{FOLDER}letter.html", context)


# Deeds.

Deed = Callable[[HttpRequest, HostedOrder], str | HostedOrder]
View = Callable[[HttpRequest, UUID, "HostedOrderAdmin"], HttpResponse]


def deed(permission: str) -> Callable[[Deed], View]:
    """Make a POST view of a deed that returns what to say; what it may not do is said as well."""

    def wrap(function: Deed) -> View:
        @require_POST
        @wraps(function)
        def view(request: HttpRequest, pk: UUID, model_admin: "HostedOrderAdmin") -> HttpResponse:
            order = get(request, pk, model_admin, permission)
            try:
                done = function(request, order)
            except outbox.AlreadyPromised:
                messages.info(request, _("This was asked for already; the answer shows here."))
            except HasProblems as found:
                for problem in found.problems[:MOST_SAID]:
                    messages.error(request, str(problem.message))
            except (NotAllowed, NotKept, store.DocumentChanged) as error:
                messages.error(request, str(error))
            else:
                order = done if isinstance(done, HostedOrder) else order
                messages.success(request, done if isinstance(done, str) else _("A linked draft was made."))
            return HttpResponseRedirect(page.page_url(order))

        return view

    return wrap


def token(request: HttpRequest) -> str:
    """Return what makes two posts of one form one promise."""
    found = request.POST.get("form_token", "")
    if not found or len(found) > 64:
        raise BadRequest("a form token is missing")
    return found


@deed(page.SUBMIT)
def promise_order(request: HttpRequest, order: HostedOrder) -> str:
    ordering.submit(order, by=user_of(request), form_token=token(request))
    return _("Queued for Telnyx.")


@deed(page.CANCEL)
def promise_cancel(request: HttpRequest, order: HostedOrder) -> str:
    if request.POST.get("typed", "").strip().lower() != "cancel":
        raise NotAllowed(_("Type “cancel” to confirm. Nothing was cancelled."))
    reason = request.POST.get("reason", "")
    ordering.cancel(order, by=user_of(request), reason=reason, form_token=token(request))
    return _("The order is being cancelled.")


@deed(page.CHANGE)
def check(request: HttpRequest, order: HostedOrder) -> str:
    ordering.check(order, by=user_of(request), form_token=token(request))
    return _("Telnyx is asked. The answer shows here within seconds.")


@deed(page.CHANGE)
def keep_eligible(request: HttpRequest, order: HostedOrder) -> str:
    count = ordering.keep_eligible(order)
    return ngettext("%(n)s number was taken out.", "%(n)s numbers were taken out.", count) % {"n": count}


@deed(page.CHANGE)
def save_draft(request: HttpRequest, order: HostedOrder) -> str:
    with transaction.atomic():
        row = order.lock()
        if not row.is_editable():
            raise NotAllowed(_("The order is not a draft any more."))
        form = DraftForm(request.POST, instance=row)
        if not form.is_valid():
            raise NotAllowed(_("Choose one of the profiles, and keep the note short. Nothing was saved."))
        row.save(update_fields=["messaging_profile", "note", "updated_at"])
    return _("Draft saved.")


@deed(page.OVERRIDE)
def override(request: HttpRequest, order: HostedOrder) -> str:
    if not order.is_editable():
        raise NotAllowed(_("The order is not a draft any more."))
    number = get_object_or_404(order.numbers, phone_number=request.POST.get("number", ""))
    ordering.override(number, by=user_of(request), reason=request.POST.get("reason", "")[:500])
    return _("%(number)s may be ordered all the same.") % {"number": number}


@deed(page.SUBMIT)
def send_codes(request: HttpRequest, order: HostedOrder) -> str:
    method = request.POST.get("method", "")
    if method not in CodeMethod.values:
        raise BadRequest("no such method")
    chosen = request.POST.getlist("number")
    ordering.send_codes(order, chosen, method, by=user_of(request), form_token=token(request))
    return _("Telnyx is asked to send the codes.")


@deed(page.SUBMIT)
@sensitive_variables()
def _check_codes(request: HttpRequest, order: HostedOrder) -> str:
    """Take typed and pasted codes; they stand in no answer of ours."""
    phone_numbers = [number.phone_number for number in order.numbers.all() if not number.is_owned()]
    pasted = codes.read_paste(request.POST.get("paste", ""), phone_numbers)
    if pasted.unread:
        lines = ", ".join(map(str, pasted.unread))
        raise NotAllowed(_("Nothing was checked. These lines fit no number: %(lines)s.") % {"lines": lines})
    typed = {number: request.POST.get(f"code{number}", "").strip() for number in phone_numbers}
    found = pasted.codes | {number: code for number, code in typed.items() if code}
    ordering.validate_codes(order, found, by=user_of(request), form_token=token(request))
    return _("Telnyx checks the codes. The result shows beside each number.")


check_codes = sensitive_post_parameters()(_check_codes)


@deed(page.UPLOAD)
def upload(request: HttpRequest, order: HostedOrder) -> str:
    if not order.is_open_at_telnyx():
        raise NotAllowed(_("The order is not open at Telnyx."))
    kind = request.POST.get("kind", "")
    if kind not in DocumentKind.values:
        raise BadRequest("no such document")
    form = UploadForm(kind, request.POST, request.FILES)
    if not form.is_valid():
        raise NotAllowed(" ".join(str(error) for errors in form.errors.values() for error in errors))
    document = store.save(order, kind, form.cleaned_data["file"], by=user_of(request), **form.dates())
    return _("Kept as version %(version)s. Compare it now.") % {"version": document.version}


@deed(page.UPLOAD)
def tick(request: HttpRequest, order: HostedOrder) -> str:
    try:
        document_id = UUID(request.POST.get("document", ""))
    except ValueError:
        raise BadRequest("no such document") from None
    document = get_object_or_404(order.documents, pk=document_id, replaced_by=None, sent_at=None)
    form = ChecklistForm(document, request.POST)
    if not form.is_valid():
        raise BadRequest("no such item")
    checklist.tick(document, form.cleaned_data["ticked"], by=user_of(request))
    return _("The checklist is saved.")


@deed(page.UPLOAD)
def send_documents(request: HttpRequest, order: HostedOrder) -> str:
    documents = list(order.documents.select_related("promise"))
    sending = page.to_send(documents)
    there = {paper.kind for paper in documents if paper.is_current() and paper.is_with_telnyx()}
    if there | {paper.kind for paper in sending} != set(DocumentKind.values):
        raise NotAllowed(_("Upload the letter and the bill first."))
    if not all(checklist.is_complete(paper) for paper in sending):
        raise NotAllowed(_("Tick every item of the checklist first."))
    ordering.send_documents(order, sending, by=user_of(request), form_token=token(request))
    return _("The documents are queued for Telnyx.")


@deed(page.ADD)
def move_failed(request: HttpRequest, order: HostedOrder) -> HostedOrder:
    return ordering.move_failed(order, by=user_of(request))


@deed(page.CHANGE)
def check_again(request: HttpRequest, order: HostedOrder) -> str:
    ordering.check_again_later(order)
    return _("You are reminded of this order in 30 days.")


@deed(page.CHANGE)
def acknowledge(request: HttpRequest, order: HostedOrder) -> str:
    ordering.acknowledge_transfer(order, by=user_of(request))
    return _("The alert is acknowledged.")
