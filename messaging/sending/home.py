"""The link to a new message on the home page."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk.home import Link, Section

from .forms import purposes


def start(user: User) -> Section:
    """Return the link to a new message, for people who may send one."""
    if not purposes(user):
        return Section()
    return Section(start=Link(_("Send a message"), reverse("admin:messaging_composedmessage_choose")))
