"""The link to a new message on the home page."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk.home import Link, Section

from .forms import purposes
from .purpose import only_tests


def start(user: User) -> Section:
    """Return the link to a new message, for people who may send one."""
    allowed = purposes(user)
    if not allowed:
        return Section()
    title = _("Send a test") if only_tests(allowed) else _("Send a message")
    return Section(start=Link(title, reverse("admin:messaging_composedmessage_choose")))
