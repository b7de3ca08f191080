"""What an administrator does on a new desk before others can work: the steps on their home page, and what is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.desk.home import Link
from messaging.mirror import clock
from messaging.mirror.account import webhook_url
from messaging.mirror.models import Heartbeat, Import, WebhookEvent
from messaging.mirror.models.inbox import FETCHED, TESTED

# After that, whoever left a step out did so on purpose.
FIRST_DAYS = timedelta(days=30)


@dataclass(frozen=True)
class Step:
    """One step: what is to do and why, or that it is done."""

    title: str
    words: str
    is_done: bool
    links: Sequence[Link] = ()


def steps(user: User) -> list[Step]:
    """Return the first steps of an administrator whose login is new; nothing once all of them are done."""
    if not user.is_superuser or user.date_joined < clock.now() - FIRST_DAYS:
        return []
    signs = set(Heartbeat.objects.values_list("name", flat=True))
    found = [_reach(signs), _read(signs), _hear(), _people(user)]
    return [] if all(step.is_done for step in found) else found


def _reach(signs: set[str]) -> Step:
    title, link = _("Reach Telnyx"), Link(_("Health"), reverse("admin:desk_health"))
    if Heartbeat.TELNYX_ANSWERED in signs:
        return Step(title, _("Telnyx has answered this desk."), True, [link])
    return Step(title, _("Telnyx hasn't answered this desk yet. Health says what is missing."), False, [link])


def _read(signs: set[str]) -> Step:
    title = _("Bring in what exists at Telnyx")
    link = Link(_("Import from Telnyx"), reverse("admin:mirror_import_changelist"))
    if Heartbeat.PULLED in signs or Import.objects.filter(only_look=False, state=Import.State.DONE).exists():
        return Step(title, _("What Telnyx lists was read."), True, [link])
    words = _(
        "Verifications, orders, numbers and profiles that were made elsewhere appear here by themselves, the last of "
        "them within about an hour. To have them sooner, import them. Nothing changes at Telnyx."
    )
    return Step(title, words, False, [link])


def _hear() -> Step:
    title = _("Let Telnyx report to this desk")
    links = [
        Link(_("Profiles"), reverse("admin:messaging_messagingprofile_changelist")),
        Link(_("Test the address"), f"{reverse('admin:desk_health')}#own-test"),
    ]
    if WebhookEvent.objects.exclude(key_fingerprint__in=[FETCHED, TESTED]).exists():
        return Step(title, _("A webhook from Telnyx has arrived."), True, links)
    address = webhook_url()
    if not address:
        words = _(
            "PUBLIC_URL is not set, so nothing asks Telnyx to report here. Set it, then restart everything."
        )
        return Step(title, words, False, links[1:])
    words = _(
        "No webhook from Telnyx has arrived yet. The address for them is %(address)s. Profiles says for each "
        "messaging profile whether its events come here, and its page can change that."
    )
    return Step(title, words % {"address": address}, False, links)


def _people(user: User) -> Step:
    title = _("Add the people who work here")
    links = [
        Link(_("Add a person"), reverse("admin:auth_user_add")),
        Link(_("What each role may do"), reverse("admin:desk_roles")),
    ]
    if User.objects.filter(is_active=True, is_staff=True).exclude(pk=user.pk).exists():
        return Step(title, _("You aren't the only person here."), True, links)
    words = _("So far you are the only person here. Give each colleague a login with the roles they need.")
    return Step(title, words, False, links)
