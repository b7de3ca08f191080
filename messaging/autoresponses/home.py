"""What auto-responses add to the home page: those that someone changed in Telnyx's portal."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk.home import Card, Section
from messaging.models import AutoResponse

from . import page


def my_work(user: User) -> Section:
    """Count the auto-responses that someone changed in Telnyx's portal."""
    if not user.has_perm(page.CHANGE):
        return Section()
    count = AutoResponse.objects.filter(differs=True, gone_at=None).count()
    if not count:
        return Section()
    url = f"{reverse(page.LIST)}?differs__exact=1"
    return Section(
        cards=[Card(_("Auto-responses differ"), count, url, "needs_us", _("edited in Telnyx's portal"))]
    )
