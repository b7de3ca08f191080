"""What every feature's pages are made of: who is asking, the record they may see, the frame, and POST actions."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model
from django.forms import BaseForm, BoundField, RadioSelect
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.mirror.models import OutboxEntry
from messaging.mirror.outbound import outbox

from .base_admin import DeskModelAdmin

Response = TypeVar("Response", bound=HttpResponseBase)

LONGEST_REASON = 300
# As long as the column that stores it.
LONGEST_TOKEN = 64
# How many of a record's problems a page lists at once.
MOST_SAID = 5
# Sent by a script that saves without leaving the page: then the next page shows no message about it.
QUIET = "X-Desk-Quiet"
# What it sends if it opens the next page itself once it is done, which then says so.
NEXT = "next"


class NotAllowed(Exception):
    """It can't be done in the record's current state; the message says why, in words for people."""


class HasProblems(Exception):
    """It can't be sent while it has these errors. Each of `problems` has its text as `message`."""

    def __init__(self, problems: Sequence[Any]) -> None:
        super().__init__("; ".join(str(problem.message) for problem in problems))
        self.problems = problems


class InPlace(Exception):
    """A form was refused: show its page again, with everything that was typed and the reason next to it."""

    def __init__(self, **forms: Any) -> None:
        super().__init__(", ".join(forms))
        self.forms = forms


# Who is asking, and for what.


def user_of(request: HttpRequest) -> User:
    """Return who is asking; nobody gets past admin_view without being logged in."""
    return cast(User, request.user)


def check(request: HttpRequest, model_admin: DeskModelAdmin, permission: str = "") -> User:
    """Return who is asking. Raise PermissionDenied unless they may see these records and have the permission."""
    user = user_of(request)
    if not model_admin.has_view_permission(request) or (permission and not user.has_perm(permission)):
        raise PermissionDenied(permission)
    return user


def get_or_404(request: HttpRequest, pk: Any, model_admin: DeskModelAdmin, permission: str = "") -> Any:
    """Return one record, loaded with its admin's `page_select_related`.

    Raise PermissionDenied as `check` does, and Http404 if there is no such record.
    """
    check(request, model_admin, permission)
    rows = model_admin.get_queryset(request)
    if model_admin.page_select_related:
        rows = rows.select_related(*model_admin.page_select_related)
    record = rows.filter(pk=pk).first()
    if record is None:
        raise Http404
    return record


def frame(request: HttpRequest, model_admin: DeskModelAdmin, title: str) -> dict[str, Any]:
    """Return what the admin's templates need around every page."""
    request.current_app = model_admin.admin_site.name
    return {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, "title": title}


# What was posted.


def mark_wrong(form: BaseForm) -> None:
    """Tell screen readers which fields are wrong, and where their error messages are."""
    for name, field in form.fields.items():
        if not (field.widget.is_hidden or isinstance(field.widget, RadioSelect)):
            mark_field(form[name], help_id="help")


def mark_field(field: BoundField, refused: Sequence[str] = (), *, help_id: str = "helptext") -> None:
    """Tell screen readers whether a field is wrong, or Telnyx refused it, and where its help and its errors are."""
    attributes = field.field.widget.attrs
    about = [f"{field.auto_id}_{help_id}"] if field.help_text else []
    if field.errors or refused:
        attributes["aria-invalid"] = "true"
        about.append(f"{field.auto_id}_error")
    if about:
        attributes["aria-describedby"] = " ".join(about)


def form_token(request: HttpRequest) -> str:
    """Return the token that makes two posts of one form one promise. Raise BadRequest if the form has none."""
    found = request.POST.get("form_token", "")
    if not found or len(found) > LONGEST_TOKEN:
        raise BadRequest("a form token is missing")
    return found


def uuid_or_none(text: Any) -> UUID | None:
    """Return the text as a UUID, or None if it isn't one."""
    try:
        return UUID(text)
    except (AttributeError, TypeError, ValueError):
        return None


def reason_of(request: HttpRequest) -> str:
    """Return the reason a person typed: on one line, at most LONGEST_REASON characters, "" if there is none."""
    return " ".join(request.POST.get("reason", "").split())[:LONGEST_REASON]


# A dot, "ok" or "n/a" says nothing to whoever reads it later.
FEWEST_LETTERS = 6
FEWEST_KINDS = 3


def says_something(words: str) -> bool:
    """Return True if words that were asked for say something."""
    letters = re.findall(r"\w", words)
    return len(letters) >= FEWEST_LETTERS and len(set(letters)) >= FEWEST_KINDS


def opening_reason(request: HttpRequest) -> str:
    """Return why a person opens what is masked, or "" if what they typed says nothing, such as a full stop."""
    reason = reason_of(request)
    return reason if says_something(reason) else ""


# Files.


def attached(response: Response, name: str) -> Response:
    """Have a browser save this answer as a file of that name, which can do nothing if it is opened there anyway.

    Nobody else keeps it, and no page of others holds it.
    """
    for header, value in {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store, private",
    }.items():
        response.headers[header] = value
    return response


def no_file(request: HttpRequest, why: str, status: int, *, list_url: str, list_words: str) -> HttpResponse:
    """Say why there is no file to download, with the way back to the list."""
    context = {
        "why": why,
        "list_url": list_url,
        "list_words": list_words,
        **admin.site.each_context(request),
        "title": _("No file"),
    }
    return render(request, "desk/no_file.html", context, status=status)


# Actions.


def _quietly(request: HttpRequest, said: str) -> HttpResponse:
    """Answer a script that stays on its page: 204 if it is done, otherwise 409 with the reasons."""
    if said:
        if request.headers[QUIET] == NEXT:
            messages.success(request, said)
        return HttpResponse(status=204)
    reasons = "\n".join(str(message) for message in messages.get_messages(request))
    return HttpResponse(reasons, status=409, content_type="text/plain; charset=utf-8")


# What to say when it is done, and the record whose page comes next if that is another one.
Done = str | tuple[str, Model]
Action = Callable[[HttpRequest, Any], Done]
View = Callable[[HttpRequest, UUID, DeskModelAdmin], HttpResponse]


@contextmanager
def say_refusals(request: HttpRequest, *refusals: type[Exception]) -> Iterator[None]:
    """Tell the person why the block was not done if it raised AlreadyPromised, HasProblems, NotAllowed or one of
    `refusals`. Any other exception passes through.
    """
    said: tuple[type[Exception], ...] = (NotAllowed, *refusals)
    try:
        yield
    except outbox.AlreadyPromised as earlier:
        if earlier.entry.state == OutboxEntry.State.CANCELLED and earlier.entry.may_have_arrived():
            messages.warning(
                request,
                _(
                    "Nothing more was sent: this request was canceled after its answer had been lost, so Telnyx may "
                    "have it. Look there before you request it again."
                ),
            )
        elif earlier.entry.state == OutboxEntry.State.CANCELLED:
            messages.warning(
                request,
                _("Nothing was sent: this request was withdrawn. Look at it here, then request it again."),
            )
        else:
            messages.info(request, _("Already requested; the answer will appear here."))
    except HasProblems as found:
        for problem in found.problems[:MOST_SAID]:
            messages.error(request, str(problem.message))
    except said as error:
        messages.error(request, str(error))


def action_view(
    permission: str,
    *,
    url: Callable[[Any], str],
    at: str = "",
    refusals: Sequence[type[Exception]] = (),
    in_place: Callable[..., HttpResponse] | None = None,
) -> Callable[[Action], View]:
    """Make a POST view of a function that does something with one record and returns what to say.

    The view requires `permission`, shows refusals (see `say_refusals`), and returns to the record's `url`, at the
    anchor `at`. If the function raises InPlace, `in_place(request, record, model_admin, **forms)` answers.
    """

    def wrap(function: Action) -> View:
        @require_POST
        @wraps(function)
        def view(request: HttpRequest, pk: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
            record = get_or_404(request, pk, model_admin, permission)
            done: Done = ""
            try:
                with say_refusals(request, *refusals):
                    done = function(request, record)
            except InPlace as refused:
                if in_place is None:
                    raise
                return in_place(request, record, model_admin, **refused.forms)
            said, record = done if isinstance(done, tuple) else (done, record)
            if QUIET in request.headers:
                return _quietly(request, said)
            if said:
                messages.success(request, said)
            return HttpResponseRedirect(url(record) + (f"#{at}" if at else ""))

        return view

    return wrap
