"""The links to a new RCS message, on the home page and on the page that asks how to send."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk.home import Link, Section
from messaging.sending.other_ways import Way
from messaging.sending.purpose import only_tests

from ..messages import sending
from ..messages.page import NAME


def start(user: User) -> Section:
    """Return the link to a new RCS message, for people who may send one."""
    allowed = sending.purposes(user)
    if not allowed:
        return Section()
    title = _("Send an RCS test") if only_tests(allowed) else _("Send an RCS message")
    return Section(start=Link(title, _address()))


def way(user: User) -> Way | None:
    """Return RCS as a way to send, or None for people who may not send it."""
    if not sending.purposes(user):
        return None
    return Way(
        _("RCS message"),
        _("With cards, pictures and buttons, from an RCS agent; as a text message if a phone has no RCS."),
        _address(),
    )


def _address() -> str:
    return reverse(f"admin:{NAME}_compose")
