"""The pages and actions around opt-outs. None of them has a number in its URL."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame, reason_of, says_something, user_of
from messaging.mirror import throttle
from messaging.models import Consent, MessagingProfile, OptOut
from messaging.numbers import read_one, what_was_changed
from messaging.optouts import consents, import_page, page, reconcile
from messaging.validators import display_number

from .forms import LONGEST_NUMBER, ConsentForm, ConsentTableForm, PromiseForm

FOLDER = "admin/messaging/optout/"
LIST = "admin:messaging_optout_changelist"
MOST_CONSENTS = 10


def look_up(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Answer whether a number, typed in any form, may be texted."""
    check(request, model_admin)
    if request.method != "POST":
        return HttpResponseRedirect(reverse(LIST))
    return _answer(request, model_admin, request.POST.get("number", "")[:LONGEST_NUMBER])


def _answer(
    request: HttpRequest,
    model_admin: DeskModelAdmin,
    typed: str,
    form: PromiseForm | None = None,
    agreed: ConsentForm | None = None,
) -> HttpResponse:
    user, context = user_of(request), dict[str, Any](typed=typed)
    try:
        read = read_one(typed)
    except ValidationError as error:
        context["error"] = " ".join(error.messages)
    else:
        throttle.spend(throttle.NUMBERS, user.pk)
        number = read.number
        rows = page.with_names(reconcile.about(number))
        agreements = consents.of(number, MOST_CONSENTS)
        context |= {
            "number": display_number(number),
            "asked": number,
            "left_out": what_was_changed([read]),
            "rows": [(row, page.pill(row), page.may_withdraw(user, row)) for row in rows],
            "is_out": any(row.is_active() for row in rows),
            "was_out": any(row.was_blocked() for row in rows),
            "is_out_at_telnyx": any(row.is_active() and not row.is_ours for row in rows),
            "may_add": user.has_perm(page.ADD),
            "form": form or PromiseForm(initial={"number": number}),
            "consents": [(row, consents.words(row), consents.may_strike(user, row)) for row in agreements],
            "agreed_on": consents.when(agreements[0]) if agreements else "",
            "struck": [
                (consents.words(row), consents.struck_words(row))
                for row in consents.struck(number, MOST_CONSENTS)
            ],
            "may_record": user.has_perm(consents.ADD),
            "agreed": agreed or ConsentForm(initial={"number": number}, auto_id="id_agreed_%s"),
        }
    around = frame(request, model_admin, _("Can we text this number?"))
    around |= {
        "records": request.POST.get("records", ""),
        "reading": reconcile.reading(),
        "may_ask": page.may_ask(user),
    }
    return TemplateResponse(request, f"{FOLDER}look_up.html", around | context)


def add_promise(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Promise not to text a number, then answer as the lookup does. Before that, ask for the number."""
    user = check(request, model_admin, page.ADD)
    if request.method != "POST":
        around = frame(request, model_admin, _("Record opt-out")) | {"records": "opt-out"}
        return TemplateResponse(request, f"{FOLDER}record.html", around)
    form = PromiseForm(request.POST)
    typed = request.POST.get("number", "")[:LONGEST_NUMBER]
    if not form.is_valid():
        return _answer(request, model_admin, typed, form)
    try:
        number = read_one(form.cleaned_data["number"]).number
    except ValidationError:
        return _answer(request, model_admin, typed)
    chosen = form.cleaned_data["profile"]
    profile = get_object_or_404(MessagingProfile, pk=chosen).remote_id if chosen else ""
    row = reconcile.promise(number, profile_id=profile or "", note=form.cleaned_data["note"], by=user)
    if row.was_known:
        words = _("Nothing new: this number was %(already)s. Your reason is kept in its history.")
        already = page.since(row)
        messages.info(request, words % {"already": already[:1].lower() + already[1:]})
    else:
        model_admin.log_addition(request, row, str(_("Blocked by us")))
        messages.success(
            request, _("Saved: nothing is sent to this number from here. Telnyx wasn't informed.")
        )
    return _answer(request, model_admin, number)


def add_consent(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Record when and how somebody agreed to texts, then answer as the lookup does. Before that, ask for the number."""
    user = check(request, model_admin, consents.ADD)
    if request.method != "POST":
        around = frame(request, model_admin, _("Record consent")) | {"records": "consent"}
        return TemplateResponse(request, f"{FOLDER}record.html", around)
    form = ConsentForm(request.POST, auto_id="id_agreed_%s")
    typed = request.POST.get("number", "")[:LONGEST_NUMBER]
    if not form.is_valid():
        return _answer(request, model_admin, typed, agreed=form)
    try:
        number = read_one(form.cleaned_data["number"]).number
    except ValidationError:
        return _answer(request, model_admin, typed)
    row = consents.record(
        number,
        profile_id=_profile_id(form.cleaned_data["profile"]),
        agreed_at=form.cleaned_data["agreed"],
        how=form.cleaned_data["how"],
        by=user,
    )
    model_admin.log_addition(request, row, str(_("Consent recorded")))
    messages.success(request, _("Saved: when and how this person agreed."))
    return _answer(request, model_admin, number)


def strike_consent(request: HttpRequest, pk: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Strike out a consent that was entered wrongly, then answer as the lookup does."""
    user = check(request, model_admin, consents.STRIKE)
    if request.method != "POST":
        return HttpResponseRedirect(reverse(LIST))
    # Only whoever knows the number gets to its page.
    number = request.POST.get("number", "")
    row = get_object_or_404(Consent, pk=pk, to_number=number)
    why = reason_of(request)
    if not says_something(why):
        messages.error(request, _("Nothing was struck out. Say in a few words what is wrong with it."))
    elif consents.strike(row, by=user, why=why):
        messages.success(
            request, _("Struck out: it no longer counts. It stays here, with your name and reason.")
        )
    else:
        messages.warning(request, _("Nothing was changed: it was struck out already, or can't be."))
    return _answer(request, model_admin, number)


def _profile_id(chosen: str) -> str:
    return (get_object_or_404(MessagingProfile, pk=chosen).remote_id or "") if chosen else ""


def import_consents(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponseBase:
    """Choose a table of people who agreed, see what becomes of each row, then record the good ones."""
    user = check(request, model_admin, consents.ADD)
    if "read" in request.POST:
        return _import_read(request, model_admin, user)
    form = ConsentTableForm(request.POST or None, request.FILES or None)
    wrong = ""
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["table"].read(consents.MOST_BYTES + 1)
        found = consents.read_table(content, form.cleaned_data["how"])
        read = import_page.Read(found, _profile_id(form.cleaned_data["profile"]))
        signed = read.signed(user)
        wrong = found.wrong
        if len(signed) > import_page.LONGEST:
            wrong = _("This table is too long. Split it into several files.")
        if not wrong:
            return _answer_page(request, model_admin, import_page.FOUND, import_page.context(read, signed))
    return _answer_page(request, model_admin, import_page.FILE, {"form": form, "wrong": wrong})


def _answer_page(
    request: HttpRequest, model_admin: DeskModelAdmin, template: str, context: dict[str, Any]
) -> HttpResponse:
    around = frame(request, model_admin, _("Import consents"))
    return TemplateResponse(request, f"{FOLDER}{template}", around | context)


def _import_read(request: HttpRequest, model_admin: DeskModelAdmin, user: User) -> HttpResponseBase:
    read = import_page.Read.of(request.POST["read"], user)
    if read is None:
        messages.warning(
            request,
            _("Nothing was imported: this page is too old, or it isn't yours. Choose the file again."),
        )
        return HttpResponseRedirect(request.path)
    if "left_out" in request.POST:
        return import_page.left_out(read)
    made = consents.take(read.table, profile_id=read.profile_id, by=user)
    said = ngettext("%(n)s new consent was recorded.", "%(n)s new consents were recorded.", made)
    messages.success(request, said % {"n": made})
    return HttpResponseRedirect(reverse(LIST))


def withdraw(request: HttpRequest, pk: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Take back a promise of ours."""
    user = check(request, model_admin, page.WITHDRAW)
    if request.method != "POST":
        return HttpResponseRedirect(reverse(LIST))
    row = get_object_or_404(OptOut, pk=pk, is_ours=True)
    if reconcile.withdraw(row, by=user):
        model_admin.log_change(request, row, str(_("Our block was removed")))
        messages.success(request, _("Our block is removed. What Telnyx blocks stays blocked."))
    return HttpResponseRedirect(reverse("admin:messaging_optout_change", args=[row.pk]))


def read_again(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have a worker read Telnyx's list now."""
    user = check(request, model_admin)
    if not page.may_ask(user):
        raise PermissionDenied(page.ADD)
    if request.method == "POST":
        reconcile.ask_soon()
        messages.info(
            request,
            _("Telnyx's list is being read again. The time beside the button shows when it is done."),
        )
    return HttpResponseRedirect(reverse(LIST))
