"""The pages around the form: view a request, confirm what to send, ask Telnyx, delete at Telnyx, copy."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import bodies, drift, undoing
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import (
    form_token,
    frame,
    get_or_404,
    reason_of,
    say_refusals,
    says_something,
    user_of,
    uuid_or_none,
)
from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry, Source
from messaging.mirror.outbound import outbox
from messaging.mirror.outbound.outbox import AlreadyPromised
from messaging.mirror.records import sync
from messaging.mirror.wording import Words, duration
from messaging.models import Approval
from messaging.team import approval_views, approvals, kinds
from messaging.team.people import name
from messaging.validators import display_number

from . import cases, operations, page, reasons, summary, timeline, verified
from .businesses import page as businesses
from .checks import problems, readiness, validation
from .checks.problems import Problem
from .checks.readiness import Parts
from .checks.rules.rule import Level
from .choices import CORRECTABLE, Status
from .lessons.warnings import with_history
from .links import page as links
from .links import work
from .models import VerificationRequest
from .rejections import after

# Not copied with a request: a number must not serve two businesses or be verified twice.
NOT_COPIED = ("phone_numbers",)


class ChangedMeanwhile(Exception):
    """The request, or another one with its number, has changed since the page was shown."""


class ReasonMissing(Exception):
    """Our rules warn, and the person gave no reason, or not for these warnings."""


def show(request: HttpRequest, record: VerificationRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show a request read-only: it is on its way, at Telnyx or closed, or this person may not edit it."""
    entries = page.promises(record)
    user = user_of(request)
    refused = page.refusal(record, entries[0] if entries else None, page.seen_of(record, user))
    allowed = page.may(record, user)
    ready = page.ready(record, refused, user) if record.is_editable() else Parts()
    rejection = after.of(
        record,
        entries,
        seen=page.seen_of(record, user),
        secrets=allowed["see_secrets"],
        contacts=allowed["see_contacts"],
    )
    context = {
        **_context(request, record, model_admin),
        "rejection": rejection,
        **after.links(record, rejection, user),
        **page.shown_values(record, entries, user),
        **page.progress(record, entries, user),
        "readiness": ready,
        "fix_url": page.give_url(record, page.CHANGE),
        "cannot_submit": page.cannot_submit(record, ready, user),
        **links.context(record, user),
        "refusal": refused,
        "new_id": uuid4(),
        "linked": businesses.links(record, user),
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/object.html", context)


@require_safe
def progress(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show only the parts that change by themselves, for a page that keeps refreshing."""
    record: VerificationRequest = get_or_404(request, pk, model_admin)
    context = {**page.progress(record, page.promises(record), user_of(request)), "is_refresh": True}
    return render(request, "admin/tollfree/verificationrequest/progress.html", context)


def submit(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show exactly what will be sent; on POST, promise it once."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.SUBMIT)
    entries = page.promises(record)
    if stopped := _stopped(request, record, entries, model_admin):
        return stopped
    missing = unconfirmed = None
    if request.method == "POST":
        try:
            return _promise(request, record, record.next_operation() or "", model_admin)
        except verified.NotConfirmed as wrong:
            unconfirmed = str(wrong)
        except ReasonMissing as wrong:
            missing = str(wrong)
        except after.NotConfirmed:
            messages.error(request, after.must_confirm())
            record.refresh_from_db()
        except ChangedMeanwhile:
            messages.error(request, CHANGED)
            record.refresh_from_db()
            if stopped := _stopped(request, record, entries, model_admin):
                return stopped
    operation = record.next_operation()
    asked = reasons.asked(record, with_history(_warnings(record.problems())))
    rejection = after.of(record, entries)
    context = {
        **_context(request, record, model_admin),
        "title": _("Submit correction") if operation == "update" else _("Submit to Telnyx"),
        "is_correction": operation == "update",
        **_what_goes_out(record, entries),
        "asked": asked,
        "reason": reason_of(request) or (asked.offered if asked else ""),
        "missing": missing,
        "verified": verified.asked(request, record),
        "verified_for": verified.holders(record),
        "verified_reason": reasons.reason_in(request, verified.WHY),
        "unconfirmed": unconfirmed,
        "rejection": rejection,
        "asks": rejection.asks() if rejection else [],
        "ticked": request.POST,
        **after.links(record, rejection, user_of(request)),
        "days": settings.TOLLFREE_REVIEW_DAYS,
        "carrier_days": settings.TOLLFREE_CARRIER_DAYS,
        "form_token": uuid4().hex,
        "seen": seen(record),
        "needs_approval": approvals.is_needed(record),
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/submit.html", context)


def approve(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what a colleague wants to send, with all that speaks for and against it; on POST, promise exactly that."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.APPROVE)
    if request.method == "POST":
        return _approve(request, record)
    waiting, user = approvals.open_of(record), user_of(request)
    if waiting is None:
        return _said(request, record, NOTHING_WAITS)
    entries = page.promises(record)
    found = record.problems()
    asked = reasons.asked(record, with_history(_warnings(found)))
    refused = page.refusal(record, entries[0] if entries else None, page.seen_of(record, user))
    rejection = after.of(record, entries)
    given = reasons.waiting(record, waiting.asked_at)
    context = {
        **_context(request, record, model_admin),
        "title": _("Approve"),
        "waiting": waiting,
        "send_back_url": kinds.url_of(record, "send_back"),
        "asker": name(waiting.asked_by),
        "why_not": approvals.why_not(waiting, record, user),
        "refusal": refused,
        "refused": _refused(refused),
        "is_deletion": waiting.operation == "delete",
        "is_correction": waiting.operation == "update",
        "stop": _cannot_approve(record, waiting, found),
        **_what_goes_out(record, entries),
        "asked": asked,
        "confirmed": [ask.on_record for ask in rejection.asks()] if rejection else [],
        "verified_for": verified.holders(record),
        "verified": [(shown, "") for shown in map(display_number, validation.verified_numbers(record))],
        "verified_reason": given.of_verified()[1] if given else "",
        "rejection": rejection,
        **after.links(record, rejection, user),
        "form_token": uuid4().hex,
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/approve.html", context)


def _refused(refused: page.Refusal | None) -> list[tuple[str, list[str], bool]]:
    """Return each field that Telnyx refused, with its words and whether the field was changed since."""
    by_field = refused.by_field if refused else {}
    return [
        (summary.label(name), texts, refused is not None and name in refused.corrected)
        for name, texts in by_field.items()
    ]


def _what_goes_out(record: VerificationRequest, entries: Sequence[OutboxEntry]) -> dict[str, Any]:
    """Return what would be sent now, and what that changes, for whoever submits it and whoever approves it."""
    sent = summary.before_correction(record, entries)
    return {
        "blocks": summary.blocks(record, secrets=True, empty=False),
        "changes": summary.changes(sent, record) if sent else None,
        "is_held": summary.held(record) is not None,
        "body": bodies.before_sending(record, operations.body),
        "webhook": bodies.webhook(),
    }


def _approve(request: HttpRequest, record: VerificationRequest) -> HttpResponse:
    token = form_token(request)

    def send(locked: VerificationRequest, waiting: Approval) -> OutboxEntry:
        if stop := _cannot_approve(locked, waiting, locked.problems()):
            raise approvals.Answered(str(stop))
        entry = outbox.add(record, waiting.operation, requested_by=waiting.asked_by, form_token=token)
        if waiting.operation != "delete":
            reasons.sent(entry, locked)
        return entry

    with transaction.atomic():
        operations.one_after_another()
        return approval_views.approve(request, record, send)


def _cannot_approve(record: VerificationRequest, waiting: Approval, found: Sequence[Problem]) -> Words | None:
    """Return why what was asked can't go out as it is anymore, in words for people, or None if it can."""
    if waiting.operation not in possible(record):
        return MOVED_ON
    if waiting.operation == "delete":
        return None
    if record.undecided():
        return PORTAL_CHANGE
    if any(error.rule != verified.RULE for error in problems.errors(list(found))):
        return NOW_WRONG
    asked = reasons.asked(record, _warnings(found))
    rejection = after.of(record, outbox.entries(record))
    confirmed = [ask.value for ask in rejection.asks()] if rejection else []
    given = waiting.given
    is_same = (
        set(validation.verified_numbers(record)) <= set(given.get("verified", []))
        and set(confirmed) <= set(given.get("confirmed", []))
        and (asked is None or asked.is_answered)
    )
    return None if is_same else NEW_QUESTIONS


def _stopped(
    request: HttpRequest,
    record: VerificationRequest,
    entries: Sequence[OutboxEntry],
    model_admin: DeskModelAdmin,
) -> HttpResponse | None:
    """Say why this can't be submitted now, or return None if it can."""
    if record.waits_for_approval():
        return _said(request, record, WAITS)
    if record.next_operation() is None:
        return _nothing_to_send(request, record, entries[0] if entries else None)
    if drift.open_fields(record):
        if request.method != "POST":
            return _decide_page(request, record, model_admin, is_stop=True)
        messages.error(request, str(DECIDE_FIRST))
        return HttpResponseRedirect(page.submit_url(record))
    found = verified.told(record.problems(), user_of(request))
    stopping = problems.errors(found)
    if not stopping:
        return None
    if any(error.rule == verified.RULE for error in stopping):
        words = _('{who_may} <a class="desk-link" href="{url}">Ask an approver</a>')
        url = page.give_url(record, verified.PERMISSION)
        messages.error(request, format_html(words, who_may=verified.WHO_MAY, url=url))
    messages.error(request, _to_fix(readiness.of(found)))
    return HttpResponseRedirect(f"{page.page_url(record)}?check=1")


def _to_fix(parts: Parts) -> str:
    """Count what "Ready to submit?" lists: what has to be fixed, and what is only a warning."""
    n, warnings = parts.to_fix, parts.to_see
    words = ngettext(
        "Nothing was sent: %(n)s thing to fix first.", "Nothing was sent: %(n)s things to fix first.", n
    ) % {"n": n}
    if not warnings:
        return words
    also = ngettext("There is also %(n)s warning.", "There are also %(n)s warnings.", warnings)
    return f"{words} {also % {'n': warnings}}"


def differences(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show where Telnyx's copy differs, with a choice for each field; on POST, decide. Nothing is sent."""
    is_decision = request.method == "POST"
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.CHANGE if is_decision else "")
    if not is_decision:
        if drift.open_fields(record):
            return _decide_page(request, record, model_admin)
        return _said(request, record, NO_DIFFERENCE)
    with say_refusals(request):
        left = drift.decide(
            record, drift.chosen(request.POST), by=user_of(request), was=request.POST.get("seen", "")
        )
        words = ngettext("Decided; %(n)s field is left.", "Decided; %(n)s fields are left.", len(left))
        said = words % {"n": len(left)} if left else _("Decided. Nothing was sent.")
        messages.success(request, said)
    record.refresh_from_db()
    is_submitting = "submit" in request.POST and page.may(record, user_of(request))["submit"]
    if is_submitting:
        return HttpResponseRedirect(page.submit_url(record))
    is_left = drift.open_fields(record)
    return HttpResponseRedirect(page.decide_url(record) if is_left else page.page_url(record))


def _decide_page(
    request: HttpRequest, record: VerificationRequest, model_admin: DeskModelAdmin, *, is_stop: bool = False
) -> HttpResponse:
    user = user_of(request)
    allowed = page.may(record, user)
    read = summary.reader(secrets=allowed["see_secrets"], contacts=allowed["see_contacts"])
    names = drift.open_fields(record)
    context = {
        **_context(request, record, model_admin),
        "title": _("Telnyx's copy differs from ours"),
        "differences": drift.differences(record, names, read, page.promises(record)),
        "may_decide": allowed["decide"],
        "seen": drift.seen(record, names),
        "is_stop": is_stop,
        "read_at": record.remote_as_of,
        "decide_url": page.decide_url(record),
        "back_url": page.page_url(record),
    }
    return TemplateResponse(request, "desk/decide.html", context)


def delete_remote(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Confirm, then promise the deletion at Telnyx."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.DELETE_REMOTE)
    entries = page.promises(record)
    if record.waits_for_approval():
        return _said(request, record, WAITS)
    if not record.can_delete_remote():
        return _nothing_to_delete(request, record, entries[0] if entries else None)
    if request.method == "POST":
        try:
            return _promise(request, record, "delete", model_admin)
        except ChangedMeanwhile:
            messages.error(request, CHANGED)
            return HttpResponseRedirect(request.path)
    context = {
        **_context(request, record, model_admin),
        "title": _("Delete at Telnyx"),
        "blocks": summary.blocks(record, secrets=False, empty=False)[:1],
        "needs_approval": approvals.is_needed(record),
        "form_token": uuid4().hex,
        "seen": seen(record),
    }
    return TemplateResponse(request, "admin/tollfree/verificationrequest/delete_remote.html", context)


@require_POST
def ask(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have the next poll, seconds from now, read this request from Telnyx."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.SUBMIT)
    if record.remote_id and not record.gone_at:
        sync.ask_soon(record, Source.PERSON)
        messages.info(request, _("We've asked Telnyx. The answer will appear here within seconds."))
    return HttpResponseRedirect(page.page_url(record))


@require_POST
def copy(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Start a new draft with this one's texts, but without its numbers, ids and history."""
    record: VerificationRequest = get_or_404(request, pk, model_admin, page.ADD)
    texts = {name: getattr(record, name) for name in record.wire.names if name not in NOT_COPIED}
    # The page chooses the id, so that a second click opens the same copy.
    draft, made = VerificationRequest.objects.get_or_create(
        pk=_new_id(request),
        defaults={
            **texts,
            "created_by": user_of(request),
            "business_profile_id": record.business_profile_id,
            "copied_from": record,
        },
    )
    if made:
        work.note(draft)
        model_admin.log_addition(request, draft, _("Copied from %(name)s.") % {"name": record})
        messages.warning(
            request, _("This is a copy. Type the new number, and check the opt-in and its links.")
        )
    return HttpResponseRedirect(page.page_url(draft))


def seen(record: VerificationRequest) -> str:
    """Return what a confirmation refers to: this version, after this promise."""
    newest = outbox.entries(record).values_list("pk", flat=True).first()
    return f"{record.version}.{newest or ''}"


def _promise(
    request: HttpRequest, record: VerificationRequest, operation: str, model_admin: DeskModelAdmin
) -> HttpResponse:
    token = form_token(request)
    try:
        with transaction.atomic():
            operations.one_after_another()
            locked = record.lock()
            _same_as_seen(locked, request.POST.get("seen", ""))
            found = locked.problems() if operation != "delete" else []
            stopping = verified.stopping(found, user_of(request))
            if stopping or (operation == "update" and locked.undecided()):
                raise ChangedMeanwhile
            # A correction of what was verified meanwhile would switch that off.
            if operation == "update" and locked.remote_status not in CORRECTABLE:
                raise ChangedMeanwhile
            warnings = _warnings(found)
            reason = _reason_for(request, locked, warnings)
            rejection = None if operation == "delete" else after.of(locked, outbox.entries(locked))
            confirmed = after.check(rejection, request.POST)
            numbers, why = verified.check(request, locked) if operation != "delete" else ([], "")
            if locked.is_case_closed():
                cases.reopen(locked)
            entry = None
            if approvals.is_needed(locked):
                given = {"confirmed": [ask.value for ask in confirmed], "verified": numbers}
                what = ASKED_ON_RECORD[operation]
                approvals.ask(locked, operation, by=user_of(request), what=what, given=given)
            else:
                entry = outbox.add(record, operation, requested_by=user_of(request), form_token=token)
                model_admin.log_change(request, record, str(timeline.ON_RECORD[operation]))
            reasons.keep(locked, warnings, reason, user_of(request), entry, numbers, why)
            after.record(user_of(request), locked, confirmed, rejection)
            if numbers:
                verified.record(user_of(request), locked, numbers, why)
    except AlreadyPromised as earlier:
        return _already(request, record, operation, earlier.entry)
    except approvals.Answered as earlier_question:
        return _said(request, record, str(earlier_question))
    asked = _("Approval requested. Nothing has been sent yet.")
    messages.success(request, undoing.queued(entry) if entry else asked)
    return HttpResponseRedirect(page.page_url(record))


def _warnings(found: Sequence[Problem]) -> list[Problem]:
    """Return what needs a reason. A verified number is no warning: it has questions of its own."""
    return [problem for problem in found if problem.level != Level.ERROR]


def _reason_for(request: HttpRequest, record: VerificationRequest, warnings: Sequence[Problem]) -> str:
    """Return why this is submitted despite these warnings, as typed; raise ReasonMissing if it wasn't said of them."""
    reason, asked = reason_of(request), reasons.asked(record, warnings)
    if asked and request.POST.get("warned") != asked.hash:
        raise ReasonMissing(NEW_WARNINGS if "warned" in request.POST or reason else NO_REASON)
    if asked and not says_something(reason):
        raise ReasonMissing(NO_REASON if not reason else SHORT_REASON)
    return reason


def possible(record: VerificationRequest) -> list[str | None]:
    """Return what can be asked of Telnyx for this request in its current state."""
    return [record.next_operation(), "delete" if record.can_delete_remote() else None]


def _same_as_seen(locked: VerificationRequest, text: str) -> None:
    version, _dot, entry_id = text.partition(".")
    newest = outbox.entries(locked).first()
    if newest and str(newest.pk) != entry_id:
        raise AlreadyPromised(newest)
    if version != str(locked.version):
        raise ChangedMeanwhile


DECIDE_FIRST = gettext_lazy(
    "Nothing was sent: someone changed the request in Telnyx's portal. Decide which copy is right first."
)
ASKED_ON_RECORD = {
    "create": gettext_lazy("Asked for approval to submit it to Telnyx"),
    "update": gettext_lazy("Asked for approval to submit the correction"),
    "delete": gettext_lazy("Asked for approval to delete it at Telnyx"),
}
WAITS = gettext_lazy("It is waiting for a colleague's approval. Nothing has been sent yet.")
NOTHING_WAITS = gettext_lazy(
    "There is nothing to approve anymore: it was decided, taken back, or edited in the meantime."
)
MOVED_ON = gettext_lazy(
    "It can't be sent as requested: its status at Telnyx has changed since. Send it back."
)
PORTAL_CHANGE = gettext_lazy(
    "It can't be sent as requested: someone changed the request in Telnyx's portal since. Send it back, so "
    "that whoever asked can decide which copy is right."
)
NOW_WRONG = gettext_lazy(
    "It can't be sent as requested: our rules now find something that Telnyx would refuse. Send it back."
)
NEW_QUESTIONS = gettext_lazy(
    "It can't be sent as requested: there are now warnings or reasons from Telnyx that whoever asked has "
    "not answered. Send it back."
)
NO_DIFFERENCE = gettext_lazy(
    "There is nothing to decide: Telnyx's copy doesn't differ, or someone has already decided."
)
CHANGED = gettext_lazy(
    "Someone changed it while you were reading. Nothing was sent; this is what is there now."
)
NO_REASON = gettext_lazy("Nothing was sent. Say why it should be submitted anyway, or go back and fix it.")
SHORT_REASON = gettext_lazy(
    "Nothing was sent. Say it in a few words that a colleague will understand next month."
)
NEW_WARNINGS = gettext_lazy(
    "Nothing was sent: the warnings have changed since you opened this page. Read them again."
)
ALREADY = gettext_lazy("Already submitted %(time)s ago.")
ALREADY_REFUSED = gettext_lazy("Already submitted %(time)s ago, and Telnyx refused it.")
ALREADY_ASKED = gettext_lazy("Its deletion at Telnyx was already requested %(time)s ago.")
WITHDRAWN = gettext_lazy(
    "Nothing was sent from this tab: what %(who)s requested %(time)s ago was withdrawn before it was sent. Look at it "
    "here, then request it again."
)
ANOTHER_SENT = gettext_lazy(
    "Nothing was sent from this tab: %(who)s submitted another version %(time)s ago. This is what was submitted."
)
NOT_THIS = gettext_lazy("Nothing was sent: %(who)s requested something else for it %(time)s ago.")
NOW_GONE = gettext_lazy(
    "Nothing was sent: the request is no longer at Telnyx. Copy its texts into a new draft."
)
NOW_VERIFIED = gettext_lazy(
    "Nothing was sent: the request is verified. Submitting it again would switch its verification off."
)
IN_REVIEW = gettext_lazy(
    "Nothing was sent: Telnyx takes a correction only when it asks for a change or has rejected the request."
)
ONLY_REJECTED = gettext_lazy("Nothing was deleted: Telnyx deletes a request only while it is rejected.")


def _already(
    request: HttpRequest, record: VerificationRequest, operation: str, entry: OutboxEntry | None
) -> HttpResponse:
    """Say that another promise came first. "Already submitted" is said only of exactly what this person saw."""
    if entry is None:
        return _said(request, record, _("There is nothing to send for this request now."))
    if entry.state == OutboxEntry.State.CANCELLED:
        return _said(request, record, _about(WITHDRAWN, entry))
    record.refresh_from_db()
    seen = request.POST.get("seen")
    is_seen = seen is None or seen.startswith(f"{record.version}.")
    if operation == "delete":
        words = ALREADY_ASKED if entry.operation == "delete" else NOT_THIS
    elif is_seen and summary.is_what(entry, record):
        words = ALREADY_REFUSED if entry.state == OutboxEntry.State.REFUSED else ALREADY
    else:
        words = ANOTHER_SENT if entry.operation in summary.CONTENT else NOT_THIS
    return _said(request, record, _about(words, entry))


def _nothing_to_send(
    request: HttpRequest, record: VerificationRequest, newest: OutboxEntry | None
) -> HttpResponse:
    """Say why nothing can be submitted now."""
    is_verified = record.remote_status == Status.VERIFIED
    if newest and newest.operation in summary.CONTENT:
        is_news = record.gone_at or is_verified or not summary.is_what(newest, record)
        if record.is_under_way() or not is_news:
            return _already(request, record, newest.operation, newest)
    if record.gone_at:
        return _said(request, record, NOW_GONE)
    return _said(request, record, NOW_VERIFIED if is_verified else IN_REVIEW)


def _nothing_to_delete(
    request: HttpRequest, record: VerificationRequest, newest: OutboxEntry | None
) -> HttpResponse:
    if newest and record.is_under_way():
        return _already(request, record, "delete", newest)
    return _said(request, record, ONLY_REJECTED)


def _about(words: Words, entry: OutboxEntry) -> str:
    ago = duration(clock.now() - entry.created_at)
    return str(words) % {"time": ago, "who": entry.requested_by or _("someone")}


def _said(request: HttpRequest, record: VerificationRequest, words: Words) -> HttpResponse:
    messages.warning(request, str(words))
    return HttpResponseRedirect(page.page_url(record))


def _new_id(request: HttpRequest) -> UUID:
    pk = uuid_or_none(request.POST.get("new_id", ""))
    if pk is None:
        raise BadRequest("an id for the copy is missing")
    return pk


def _context(
    request: HttpRequest, record: VerificationRequest, model_admin: DeskModelAdmin
) -> dict[str, Any]:
    return {**frame(request, model_admin, str(record)), "original": record, "record": record}
