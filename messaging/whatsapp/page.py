"""What the pages of a WhatsApp message show besides what the pages of every message do."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from messaging.mirror import breaker, heartbeat
from messaging.mirror.models import Heartbeat
from messaging.models import ComposedMessage
from messaging.validators import display_number

from ..sending.json_field import errors_beside
from . import at_telnyx, earlier, wording
from .summary import summary

if TYPE_CHECKING:
    from messaging.sending.forms import ComposeForm


def writing(
    form: "ComposeForm", refusals: Iterable[Mapping[str, Any]] = (), pressed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what the page with the builder needs.

    `refusals` are Telnyx's about the message this starts from, and `pressed` has the buttons beside the templates.
    """
    used = earlier.templates()
    found = [] if form.is_bound else [*wording.refused(refusals)]
    return {
        "prefix": "wa",
        "wrong": errors_beside(form, form.problems),
        "problems": form.problems,
        "config": wording.config([*form.problems, *found]),
        "phone_words": wording.phone(),
        "used": used,
        "templates": [{"name": one.name, "template": one.template} for one in used],
        "at_telnyx": listing(pressed or {}),
    }


def typed(kept: Mapping[str, Any], pressed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows after a button beside the templates at Telnyx: what was typed, and the one chosen."""
    chosen = at_telnyx.find(at_telnyx.known(), str(pressed.get(at_telnyx.USE, "")))
    content = at_telnyx.content_of(chosen) if chosen else at_telnyx.typed(kept.get("content"))
    return {**kept, "content": content}


def listing(pressed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of the templates at Telnyx: nothing until somebody asks, and what the chosen one says."""
    what, chosen = pressed.get(at_telnyx.PRESSED), pressed.get(at_telnyx.USE)
    if not what and not chosen:
        return {}
    asks = what in (at_telnyx.ASK, at_telnyx.AGAIN)
    reading = at_telnyx.ask(now=what == at_telnyx.AGAIN) if asks else at_telnyx.known()
    if chosen:
        one = at_telnyx.find(reading, str(chosen))
        return {"chosen": one, "is_gone": one is None}
    search = str(pressed.get(at_telnyx.SEARCH, ""))[:100]
    found = at_telnyx.listed(reading, search)
    shown = found[: at_telnyx.MOST_SHOWN]
    is_coming = reading.is_coming()
    return {
        "reading": reading,
        "is_coming": is_coming,
        "is_stopped": is_coming and breaker.closed() is not None,
        "is_worker_down": is_coming and not heartbeat.alive(Heartbeat.WORKER),
        "shown": shown,
        "left": len(found) - len(shown),
        "search": search,
        "is_long": bool(search) or len(found) > at_telnyx.MOST_SHOWN,
        "templates": {one.id: one.used.template for one in shown if one.used},
    }


def _when(message: ComposedMessage) -> dict[str, str]:
    """Return the day and the time above and in the bubble; what isn't sent yet has neither."""
    if not message.created_at:
        return {}
    local = timezone.localtime(message.created_at)
    return {"day": date_format(local, "N j, Y"), "time": date_format(local, "H:i")}


def content(message: ComposedMessage) -> dict[str, Any]:
    """Return what was written, for the preview and in one line."""
    return {
        "summary": summary(message.whatsapp),
        "shown": {
            "content": message.whatsapp,
            "sender": display_number(message.sender),
            **_when(message),
        },
        "phone_words": wording.phone(),
        "phone_heading": _("On their phone"),
    }
