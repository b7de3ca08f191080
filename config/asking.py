"""What a password and an open session are not enough for: the second factor, and showing again that it's still you."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template import loader
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from messaging.desk import factors
from messaging.desk.typed import SAFE, page_of
from messaging.mirror import clock

# In a session: that a second factor was shown, and when somebody last showed that it's them.
FACTOR, CONFIRMED = "desk_factor", "desk_confirmed"
NEXT = "next"
# Open without a second factor: what leads to one, and the way out.
OPEN = {"admin:logout", "admin:desk_app", "admin:desk_passkey", "admin:desk_confirm"}
# How long a confirmation counts for one's own sign-in where CONFIRM_MINUTES asks for none elsewhere.
USUAL_MINUTES = 10
# Documents, and files that leave the desk. What is sent to the other addresses opens, decides or changes people.
PREVIEW = "hosted_document_preview"
FILES = {
    *(PREVIEW, "hosted_document_download"),
    *("messaging_export_file", "messaging_evidence_file"),
    *("mirror_auditentry_csv", "mirror_recordview_csv", "messaging_reveal_csv"),
}
ACTS = {
    *(f"mirror_outboxentry_{act}" for act in ("adopt", "confirm", "send-again", "retry", "cancel", "reveal")),
    *("mirror_webhookevent_reveal", "mirror_webhookevent_replay", "mirror_webhookevent_changelist"),
    *("desk_outbox_retry", "desk_outbox_cancel"),
    *("desk_replay", "messaging_message_reveal", "messaging_message_reply"),
    *("messaging_optout_reveal", "messaging_messagingprofile_reveal", "messaging_messagingprofile_secret"),
    *(
        f"{model}_{act}"
        for model in ("tollfree_verificationrequest", "hosted_hostedorder")
        for act in ("approve", "send_back")
    ),
    "desk_calendar_make",
    "messaging_evidence_start",
    *(
        f"auth_{model}_{act}"
        for model in ("user", "group")
        for act in ("add", "change", "delete", "changelist")
    ),
    *("auth_user_password_change", "desk_end_all_of", "desk_unlock"),
}


class AskForMore:
    """Lead people without the second factor they need to where they set it up or show it, from every page, and ask
    them to confirm that it's them before what ends up outside or decides.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not getattr(view, "login_required", True) or match is None or match.view_name in OPEN:
            return None
        if owes_factor(request):
            back = request.get_full_path() if request.method in SAFE else page_of(request)
            return lead_to("admin:desk_confirm" if factors.has_any(request.user) else "admin:desk_app", back)
        names = FILES if request.method in SAFE else ACTS
        if settings.CONFIRM_MINUTES and match.url_name in names and not is_confirmed(request):
            if match.url_name == PREVIEW and request.headers.get("Sec-Fetch-Dest") == "iframe":
                return _ask_in_frame(request)
            # A warning also tells the script that what was typed isn't saved (messaging/desk/typed.py).
            messages.warning(
                request,
                _(
                    "Nothing has been done yet. Confirm that it's you, then press the button or the "
                    "link again."
                ),
            )
            return lead_to("admin:desk_confirm", page_of(request))
        return None


def owes_factor(request: HttpRequest) -> bool:
    """Return True if somebody is signed in without the second factor they need."""
    return not request.session.get(FACTOR) and factors.needs(request.user)


def is_confirmed(request: HttpRequest) -> bool:
    """Return True if this person showed lately that it's them."""
    since = clock.now().timestamp() - request.session.get(CONFIRMED, 0)
    return 0 <= since < (settings.CONFIRM_MINUTES or USUAL_MINUTES) * 60


def _ask_in_frame(request: HttpRequest) -> HttpResponse:
    """Answer in a document's frame on our page: no other page of ours opens in one, so a link leads out of it."""
    url = f"{reverse('admin:desk_confirm')}?{urlencode({NEXT: page_of(request)})}"
    return in_frame(
        HttpResponse(loader.get_template("confirm_in_frame.html").render({"url": url}), status=403)
    )


def in_frame(response: HttpResponse) -> HttpResponse:
    """Let an answer without a form show in a document's frame on our page."""
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'"
    )
    return response


def lead_to(name: str, back: str) -> HttpResponseRedirect:
    """Lead to one of the pages of config/security.py, and from there back."""
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({NEXT: back})}")
