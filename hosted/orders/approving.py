"""Four eyes for hosted orders: what binds the company is asked for, and approved by a colleague.

That is the new order, which costs money, and the signed letter with its bill. Codes, removals and cancellations bind
nobody to anything new, so they need no approval.
"""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import NotAllowed, form_token, frame, get_or_404, user_of
from messaging.mirror.models import OutboxEntry
from messaging.mirror.wording import Words
from messaging.models import Approval
from messaging.team import approval_views, approvals, kinds
from messaging.team.people import name

from ..documents import page as papers
from ..documents import store
from ..models import Document, HostedOrder
from ..state import eligibility
from . import page, workflow

ORDER, PAPERS = "create", "upload_documents"
ASKED = gettext_lazy("Approval requested. Nothing has been sent yet.")
NOTHING_WAITS = gettext_lazy(
    "There is nothing to approve anymore: it was decided, taken back, or edited in the meantime."
)
NOW_ORDERED = gettext_lazy(
    "It can't be ordered as requested: the order is already at Telnyx or on its way there. Nothing was sent."
)
NOW_BLOCKED = gettext_lazy("It can't be ordered as requested. The reasons are below; nothing was sent.")
NOW_OLD = gettext_lazy(
    "It can't be ordered yet: eligibility was checked more than a day ago. Check it again; the request for "
    "approval keeps waiting."
)
NOW_CHECKING = gettext_lazy(
    "It can't be ordered yet: Telnyx is checking eligibility. The request for approval keeps waiting."
)
NOW_OTHER = gettext_lazy("It has changed since approval was requested. Nothing was sent. Send it back.")
NOW_CLOSED = gettext_lazy(
    "The documents can't be sent as requested: the order is no longer open at Telnyx, or is being canceled. "
    "Nothing was sent."
)
MOVED_ON = gettext_lazy(
    "The documents can't be sent as requested: Telnyx has since changed the status of the order or its "
    "numbers. Nothing was sent. Send it back."
)


# Asking.


def ask_to_order(order: HostedOrder, *, by: User) -> None:
    """Ask for approval to create the order at Telnyx. Raise as `workflow.submit` does, and approvals.Answered."""
    with transaction.atomic():
        row = workflow.ready_to_order(order)
        what = _("Asked for approval to create the order")
        approvals.ask(row, ORDER, by=by, what=what, given=_goes_out(row, ORDER))


def ask_to_send(order: HostedOrder, *, by: User) -> None:
    """Ask for approval to send letter and bill. Raise NotAllowed and approvals.Answered."""
    with transaction.atomic():
        row = workflow.at_telnyx(order)
        documents = _documents(row)
        if reason := papers.unsendable(documents, list(store.waiting(row))):
            raise NotAllowed(str(reason))
        what = _("Asked for approval to send the documents")
        approvals.ask(row, PAPERS, by=by, what=what, given=_goes_out(row, PAPERS))


def _goes_out(order: HostedOrder, operation: str) -> dict[str, Any]:
    """Return what is asked for, and what it depends on at Telnyx: approved is only the very same."""
    numbers = order.numbers.order_by("phone_number")
    if operation == ORDER:
        profile = order.messaging_profile
        listed = list(numbers.values_list("phone_number", flat=True))
        return {"numbers": listed, "profile": profile.remote_id if profile else None}
    there = [number.phone_number for number in numbers if number.is_in_order() and not number.has_failed()]
    files = {paper.kind: paper.sha256 for paper in papers.to_send(_documents(order))}
    return {"papers": files, "status": order.remote_status, "numbers": there}


def _documents(order: HostedOrder) -> list[Document]:
    return list(order.documents.select_related("promise", "uploaded_by", "checked_by"))


# Approving.


def approve(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what a colleague wants to order or send, with all that speaks for and against it; on POST, promise it."""
    order: HostedOrder = get_or_404(request, pk, model_admin, page.APPROVE)
    user, waiting = user_of(request), approvals.open_of(order)
    if waiting and waiting.operation == PAPERS and not user.has_perm(page.SEE_DOCUMENTS):
        raise PermissionDenied(page.SEE_DOCUMENTS)  # nobody approves what they may not see
    if request.method == "POST":
        token = form_token(request)

        def send(locked: HostedOrder, asked: Approval) -> OutboxEntry:
            return _send(locked, asked, by=asked.asked_by or user, form_token=token)

        return approval_views.approve(request, order, send, store.DocumentChanged)
    if waiting is None:
        messages.warning(request, NOTHING_WAITS)
        return HttpResponseRedirect(page.page_url(order))
    context = {**frame(request, model_admin, _("Approve")), **page.context(order, user), "original": order}
    stop = _cannot_approve(order, waiting)
    context |= {
        "may": {"download": context["may"]["download"]},
        "waiting": waiting,
        "asker": name(waiting.asked_by),
        "why_not": approvals.why_not(waiting, order, user),
        "stop": stop,
        "can_check": stop == NOW_OLD,
        "is_order": waiting.operation == ORDER,
        "numbers": [row.number for row in context["rows"] if row.number.is_in_order()],
        "review_days": settings.HOSTED_REVIEW_DAYS,
        "send_back_url": kinds.url_of(order, "send_back"),
        "form_token": uuid4().hex,
    }
    return TemplateResponse(request, "admin/hosted/hostedorder/approve.html", context)


def _send(locked: HostedOrder, asked: Approval, *, by: User, form_token: str) -> OutboxEntry:
    if stop := _cannot_approve(locked, asked):
        raise approvals.Answered(str(stop))
    if asked.operation == ORDER:
        return workflow.submit(locked, by=by, form_token=form_token)
    sent = papers.to_send(_documents(locked))
    return workflow.send_documents(locked, sent, by=by, form_token=form_token)


def _cannot_approve(order: HostedOrder, asked: Approval) -> Words | None:
    """Return why what was asked can't go out as it is anymore, in words for people, or None if it can."""
    is_same = _goes_out(order, asked.operation) == asked.given
    if asked.operation == ORDER:
        return _cannot_order(order, is_same=is_same)
    if not order.is_open_at_telnyx() or order.is_under_way():
        return NOW_CLOSED
    if not is_same:
        is_ours = _goes_out(order, PAPERS)["papers"] != asked.given.get("papers")
        return NOW_OTHER if is_ours else MOVED_ON
    return papers.unsendable(_documents(order), list(store.waiting(order))) or None


def _cannot_order(order: HostedOrder, *, is_same: bool) -> Words | None:
    if not order.is_editable():
        return NOW_ORDERED
    if not is_same:
        return NOW_OTHER
    check = eligibility.newest_check(order)
    if check and check.is_open() and eligibility.failed_check(check) is None:
        return NOW_CHECKING
    found = {problem.rule for problem in order.problems()}
    if not found:
        return None
    return NOW_OLD if found == {"eligibility_old"} else NOW_BLOCKED
