"""What the pages of a WhatsApp message show besides what the pages of every message do."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from messaging.desk.show import clock
from messaging.models import ComposedMessage
from messaging.validators import display_number

from ..sending.json_field import errors_beside
from . import earlier, wording
from .summary import summary

if TYPE_CHECKING:
    from messaging.sending.forms import ComposeForm


def writing(form: "ComposeForm", refusals: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return what the page with the builder needs; `refusals` are Telnyx's about the message this starts from."""
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
    }


def content(message: ComposedMessage) -> dict[str, Any]:
    """Return what was written, for the preview and in one line."""
    return {
        "summary": summary(message.whatsapp),
        "shown": {
            "content": message.whatsapp,
            "sender": display_number(message.sender),
            "time": clock(message.created_at) if message.created_at else "",
        },
        "phone_words": wording.phone(),
        "phone_heading": _("On their phone"),
    }
