"""The page of one message, its conversation, what opens them on record, and the questions to Telnyx."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from textwrap import shorten
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from messaging.desk import bodies
from messaging.desk.base_admin import DeskModelAdmin
from messaging.desk.pages import check, frame, opening_reason, user_of, uuid_or_none
from messaging.evidence import kinds, life
from messaging.log import (
    blocked,
    codes,
    customer,
    facts,
    groups,
    parsing,
    purposes,
    questions,
    related,
    reveals,
    rich,
    stopped,
    timeline,
    whatsapp,
    why,
    window,
)
from messaging.log import conversation as talk
from messaging.log.keyset import Place
from messaging.log.masking import Sight
from messaging.log.related import Related
from messaging.mirror import clock, retention
from messaging.mirror.models import WebhookEvent
from messaging.mirror.wording import Words
from messaging.models import LinkClick, MediaFile, Message, MessageQuestion, MessagingProfile
from messaging.validators import display_number, mask_number

from ..media import views
from ..optouts.page import since
from ..sending import reply
from ..sending.forms import SEND
from .list_page import ASK, FOLDER, LIST

MESSAGE = f"{FOLDER}message.html"
EVENTS = "mirror.view_webhookevent"
LOOKS = "messaging.view_linkclick"
MOST_CLICKS = 50
# Characters of a message that another one quotes.
QUOTED = 120
# Seconds between two refreshes of an open page: while a question is open, and while a message is on its way.
SOON, NOW_AND_THEN = 2, 10


def message_url(message: Message) -> str:
    return reverse("admin:messaging_message_change", args=[message.pk])


def message_context(request: HttpRequest, row: Model) -> dict[str, Any]:
    """Return what the page of one message shows to the person who opened it."""
    message, user = cast(Message, row), user_of(request)
    about = related.of([message])
    sight = reveals.sight(user, [message, *related.everyone(about.values())])
    asked = questions.latest(message.remote_id)
    is_overdue = timeline.is_overdue(message)
    group, status = timeline.pill(message)
    steps = timeline.steps(message)
    files = views.noted([message])
    is_open = sight.is_open(message)
    language = customer.language(request.GET.get("say"))
    number = sight.spoken_number(message, language)
    is_test = message.remote_id in purposes.tests([message])
    is_explained = message.is_outbound() and not message.is_echo()
    found = why.of(message, number=number, language=language) if is_explained else None
    if found:
        out = since(found.block) if found.block else ""
    else:
        out = blocked.words([message]).get(blocked.pair(message), "")
    return {
        "title": _("Message"),
        "blocked": out,
        "reply": reply.offer(user, message, is_blocked=bool(out), is_test=is_test),
        "goes_at": timeline.goes_at([message]).get(message.pk),
        "effect": timeline.effect(message),
        "is_test": is_test,
        "sends_to_customers": user.has_perm(SEND),
        "people": _people(message, sight),
        "message": message,
        "group": group,
        "status": status,
        "is_overdue": is_overdue,
        "sight": _seen(message, sight, files, about),
        "is_open": is_open,
        "may_reveal": user.has_perm(reveals.ONE) or user.has_perm(reveals.WHOLE),
        "who_may": reveals.who_may(user),
        "may_reveal_whole": user.has_perm(reveals.WHOLE),
        "errors": [sight.error(message, error) for error in message.errors],
        "why": found,
        "stopped": stopped.of(message, language=language),
        "speaks_of_evidence": found is not None and found.verdict.advises_evidence and _may_make(user),
        "language": language,
        "languages": customer.choices(language),
        "code_source": codes.SOURCE,
        "steps": timeline.links(steps, _event_pages(user, steps)),
        "profile": _profile(message),
        "facts": facts.of(message),
        "clicks": _clicks(message) if user.has_perm(LOOKS) else [],
        "raw": _raw(message) if is_open else "",
        "left_out": left_out(message),
        "asked": asked,
        "may_ask": user.has_perm(ASK),
        "can_be_asked": timeline.can_be_asked(message),
        "speaks_of_asking": found is not None and found.verdict.advises_asking,
        "askable_days": timeline.ASKABLE.days,
        "reveal_minutes": int(reveals.LASTS.total_seconds() // 60),
        "refresh": _refresh(message, asked, files),
    }


def _may_make(user: User) -> bool:
    """Return True if this person is offered an evidence file about a message."""
    kind = kinds.get("message")
    return kind is not None and life.may_make(user, kind)


def _refresh(message: Message, asked: MessageQuestion | None, files: views.Noted) -> int:
    if asked and asked.is_open():
        return SOON
    is_young = clock.now() - message.happened_at < timeline.OVERDUE
    is_coming = any(file.state == MediaFile.State.WAITING for found in files.values() for file in found)
    return NOW_AND_THEN if is_young and (is_coming or not message.is_final()) else 0


def _seen(message: Message, sight: Sight, files: views.Noted, about: Mapping[int, Related]) -> dict[str, Any]:
    """Return the parts of a message as this person may see them; `text` is None while it is hidden."""
    is_open = sight.is_open(message)
    return {
        "their_number": sight.their_number(message),
        "our_number": sight.our_number(message),
        "copy_number": message.their_address if is_open else "",
        "text": sight.text(message),
        "subject": message.subject if is_open else "",
        "pieces": rich.pieces(message) if is_open else [],
        **_beside(about.get(message.pk, related.NOTHING), sight),
        "instead": rich.instead(message),
        "forgotten_after": _forgotten_after(message),
        "files": [
            views.described(file, message, is_open=is_open) for file in files.get(message.remote_id, [])
        ]
        or [_file(item, is_open) for item in message.media],
    }


def _beside(found: Related, sight: Sight) -> dict[str, Any]:
    """Return what is shown beside a WhatsApp message: what it is about, and what came later about it."""
    target = found.target
    return {
        "is_about": found.names_target,
        "target": target
        and {"message": target, "words": _in_short(target) if sight.is_open(target) else None},
        "reactions": [
            (row, whatsapp.emoji_of(row.body) if sight.is_open(row) else "") for row in found.reactions()
        ],
        "changes": [(row, whatsapp.kind_of(row.body)) for row in found.changes()],
    }


def _in_short(message: Message) -> str:
    """Return the beginning of a message, for where another one quotes it."""
    words = message.text or " · ".join(piece.words for piece in rich.pieces(message))
    return shorten(words, QUOTED, placeholder="…") or _("a message without text")


def _forgotten_after(message: Message) -> int:
    """Return after how many days the text of this message was deleted, or 0 if it may still be there."""
    days = retention.days("message_text")
    is_over = bool(days) and message.happened_at < clock.now() - timedelta(days=days)
    return days if is_over and not (message.text or message.media or message.body) else 0


def _file(item: Any, is_open: bool) -> dict[str, Any]:
    """Return one attachment by kind and size. It is not loaded; people who opened the message get a link to it."""
    told = item if isinstance(item, dict) else {}
    url = str(told.get("url") or "")
    is_safe = urlsplit(url).scheme in ("http", "https") if is_open and url else False
    size = told.get("size")
    return {
        "kind": str(told.get("content_type") or "") or _("file of unknown type"),
        "size": size if isinstance(size, int) and size >= 0 else None,
        "url": url if is_safe else "",
    }


def _event_pages(user: User, steps: list[timeline.Step]) -> dict[str, str]:
    """Return the pages of the events that reported the steps, for people who may view events."""
    if not user.has_perm(EVENTS):
        return {}
    rows = WebhookEvent.objects.filter(dedupe_key__in=timeline.events(steps))
    return {
        key: reverse("admin:mirror_webhookevent_change", args=[pk])
        for key, pk in rows.values_list("dedupe_key", "pk")
    }


def _people(message: Message, sight: Sight) -> list[str]:
    """Return everyone in the group of a message, as this person may see them; nothing for a message to one phone."""
    found = groups.people(message)
    shown = display_number if sight.is_open(message) else mask_number
    return [shown(number) for number in found] if len(found) > 1 else []


def _profile(message: Message) -> str:
    if not message.messaging_profile_id:
        return ""
    id = str(message.messaging_profile_id)
    return MessagingProfile.objects.filter(remote_id=id).values_list("name", flat=True).first() or id


def _clicks(message: Message) -> list[LinkClick]:
    clicks = LinkClick.objects.filter(message_id=message.remote_id)
    return list(clicks.filter(their_address__in=["", message.their_address])[:MOST_CLICKS])


LEFT_OUT_WORDS: Mapping[str, Words] = {
    "text": gettext_lazy("text"),
    "subject": gettext_lazy("subject"),
    "to": gettext_lazy("recipients"),
    "cc": gettext_lazy("recipients"),
    "media": gettext_lazy("files"),
    "errors": gettext_lazy("errors"),
    "body": gettext_lazy("content of the rich message"),
}


def left_out(message: Message) -> str:
    """Return in words what was cut because of its length, or ""."""
    names = message.details.get(parsing.LEFT_OUT)
    known = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    return ", ".join(dict.fromkeys(str(LEFT_OUT_WORDS.get(name, name)) for name in known))


def _raw(message: Message) -> str:
    """Return what Telnyx said, as far as it is kept, for people who read JSON."""
    told = {
        "id": str(message.remote_id),
        "to_or_from": message.their_address,
        "text": message.text,
        "subject": message.subject,
        "body": message.body,
        "media": message.media,
        "errors": message.errors,
        **message.details,
        "trail": message.trail,
    }
    return bodies.pretty(json.dumps(told).encode())


# Conversations.


@require_safe
def conversation(request: HttpRequest, pk: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show what two sides said to each other, newest at the bottom, around one message or before a place."""
    user = check(request, model_admin)
    message = get_object_or_404(Message, pk=pk)
    before, after = (Place.read(request.GET.get(name, "")) for name in ("before", "after"))
    if before or after or "newest" in request.GET:
        page = talk.page(message, before=before, after=after)
    else:
        page = talk.around(message)
    about = related.of([message, *page.rows])
    sight = reveals.sight(user, [message, *page.rows, *related.everyone(about.values())])
    files = views.noted([message, *page.rows])
    url = reverse("admin:messaging_message_conversation", args=[pk])
    out, going = blocked.words([message, *page.rows]), timeline.goes_at(page.rows)
    tests = purposes.tests([message, *page.rows])
    context = {
        "blocked": (is_out := next(filter(None, map(out.get, map(blocked.pair, [message, *page.rows]))), "")),
        "reply": reply.offer(user, message, is_blocked=bool(is_out), is_test=message.remote_id in tests),
        **frame(
            request,
            model_admin,
            _("Conversation with %(number)s") % {"number": sight.their_number(message)},
        ),
        "message": message,
        "window": _window([message, *page.rows]),
        "sight": _seen(message, sight, files, about),
        "days": [
            (day.date, [_bubble(row, sight, files, going, tests, about) for row in day.messages])
            for day in talk.days(page.rows)
        ],
        "older_url": f"{url}?before={page.older}" if page.older else "",
        "newer_url": f"{url}?after={page.newer}" if page.newer else "",
        "newest_url": f"{url}?newest" if page.newer else "",
        "may_reveal": user.has_perm(reveals.ONE),
        "may_reveal_whole": user.has_perm(reveals.WHOLE),
        "who_may": reveals.who_may(user),
        "is_whole_open": all(sight.is_open(row) for row in page.rows),
        "reveal_minutes": int(reveals.LASTS.total_seconds() // 60),
    }
    return TemplateResponse(request, f"{FOLDER}conversation.html", context)


def _window(rows: list[Message]) -> str:
    """Return until when one can write freely on WhatsApp, if these two use it."""
    row = next((row for row in rows if row.type == whatsapp.TYPE and row.our_address), None)
    return window.look(row.our_address, row.their_address).words() if row and row.their_address else ""


def _bubble(
    message: Message,
    sight: Sight,
    files: views.Noted,
    going: Mapping[int, datetime],
    tests: Collection[UUID],
    about: Mapping[int, Related],
) -> dict[str, Any]:
    group, status = timeline.pill(message)
    return {
        "message": message,
        "group": group,
        "status": status,
        "is_overdue": timeline.is_overdue(message),
        "is_open": sight.is_open(message),
        "goes_at": going.get(message.pk),
        "effect": timeline.effect(message),
        "is_test": message.remote_id in tests,
        # Of a message from a group; asking for those of each message to one would cost a query each.
        "people": [] if message.is_outbound() else _people(message, sight),
        **_seen(message, sight, files, about),
    }


# Views on record.


@require_POST
def reveal(request: HttpRequest, pk: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Open a message, or its whole conversation, to a person who asks and says why."""
    is_whole = bool(request.POST.get("conversation"))
    user = check(request, model_admin)
    needed = reveals.WHOLE if is_whole else reveals.ONE
    if not user.has_perm(needed):
        raise PermissionDenied(needed)
    message = get_object_or_404(Message, pk=pk)
    reason = opening_reason(request)
    if not reason:
        messages.error(request, _("Nothing was opened. Say in a few words why you need to see it."))
    else:
        reveals.reveal(user, message, reason, is_conversation=is_whole)
    if request.POST.get("back") == "conversation":
        url = reverse("admin:messaging_message_conversation", args=[pk])
        return HttpResponseRedirect(f"{url}#message-{pk}")
    return HttpResponseRedirect(message_url(message))


# Questions to Telnyx.


@require_POST
def ask(request: HttpRequest, pk: int, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have a worker ask Telnyx what happened to a message."""
    user = check(request, model_admin, ASK)
    message = get_object_or_404(Message, pk=pk)
    if not timeline.can_be_asked(message):
        said = _("Telnyx wasn't asked: it answers questions about a message for %(days)s days only.")
        messages.error(request, said % {"days": timeline.ASKABLE.days})
    else:
        questions.ask(message.remote_id, user)
    return HttpResponseRedirect(message_url(message))


@require_POST
def ask_by_id(request: HttpRequest, model_admin: DeskModelAdmin) -> HttpResponse:
    """Have a worker ask Telnyx about a message that is not in the log."""
    user = check(request, model_admin, ASK)
    id = uuid_or_none(request.POST.get("id", "").strip())
    if id is None:
        messages.error(
            request,
            _("Telnyx wasn't asked: a message ID looks like 0f4a7c11-9b1d-4a55-8a3e-5d2b6c7e8f10."),
        )
        return HttpResponseRedirect(f"{reverse(LIST)}?all=1")
    return HttpResponseRedirect(
        reverse("admin:messaging_message_question", args=[questions.ask(id, user).pk])
    )


@require_safe
def question(request: HttpRequest, id: UUID, model_admin: DeskModelAdmin) -> HttpResponse:
    """Show the state of a question; the page refreshes by itself."""
    check(request, model_admin)
    asked = MessageQuestion.objects.select_related("asked_by").filter(pk=id).first()
    if asked is None:
        raise Http404
    found = list(Message.objects.filter(remote_id=asked.remote_id)[:MOST_CLICKS])
    context = {
        **frame(request, model_admin, _("Ask Telnyx about a message")),
        "asked": asked,
        "rows": [
            {"message": row, "number": Sight().their_number(row), "pill": timeline.pill(row)} for row in found
        ],
        "askable_days": timeline.ASKABLE.days,
        "may_ask": user_of(request).has_perm(ASK),
        "refresh": SOON if asked.is_open() else 0,
    }
    return TemplateResponse(request, f"{FOLDER}question.html", context)
