"""The forms for an RCS message and for a template. Each problem is shown beside the field it is about."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.desk.pages import uuid_or_none
from messaging.mirror.wording import duration
from messaging.numbers import normalise_number, read_one, what_was_changed
from messaging.sending.choices import LONGEST_SUBJECT, MOST_MEDIA
from messaging.sending.forms import LOCAL_TIME, Lines
from messaging.sending.json_field import refuse
from messaging.sending.purpose import PurposeField
from messaging.sending.shape import Placed
from rcs.agents.forms import number_input, text_input
from rcs.content import limits
from rcs.messages import sending
from rcs.models import RcsMessage, RcsTemplate

from . import wording
from .fields import Content, SenderChoice

UNTIL = "until"
# After this many seconds, Telnyx stops trying.
LIFETIMES = (600, 3600, 6 * 3600, 86400, 3 * 86400, 7 * 86400)
FALLBACKS = (
    ("", gettext_lazy("Nothing: it won't arrive")),
    ("sms", gettext_lazy("A text message")),
    ("mms", gettext_lazy("A picture message")),
)
SMS, MMS = ("sms_from", "sms_text"), ("mms_from", "mms_text", "mms_subject", "mms_media_urls")
# The field beside which an objection to a part of a message is shown.
BESIDE: Mapping[str, str] = {
    "recipient": "to",
    "messaging_profile": "agent",
    "ttl_seconds": "lifetime",
    "sms_fallback": "sms_text",
    "mms_fallback": "mms_text",
}
AREA = {"class": "desk-field", "rows": 3}


class ContentForm(forms.Form):
    """A form that contains a message. `problems` are what is wrong inside the message."""

    content = Content()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.problems: list[Placed] = []

    def clean_content(self) -> Any:
        content = self.cleaned_data["content"]
        self.problems = wording.found(content)
        refuse(self.problems)
        return content


class MessageForm(ContentForm):
    """One message to one phone; `message()` returns it as typed."""

    message_id = forms.UUIDField(widget=forms.HiddenInput, label=gettext_lazy("Message"), initial=uuid4)
    again_of = forms.UUIDField(widget=forms.HiddenInput, required=False)

    agent = SenderChoice(help_text=gettext_lazy("Only agents that are enabled and have a messaging profile."))
    to = forms.CharField(
        label=gettext_lazy("To"),
        max_length=200,
        help_text=gettext_lazy("Any format, such as (303) 555-0123 or +49 30 1234567."),
        widget=number_input(),
    )
    purpose = PurposeField(widget=forms.Select(attrs={"class": "desk-field"}))
    fallback = forms.ChoiceField(
        label=gettext_lazy("If the phone has no RCS, send"),
        choices=FALLBACKS,
        required=False,
        widget=forms.RadioSelect,
    )
    sms_from = forms.CharField(
        label=gettext_lazy("From"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("A number on the agent's messaging profile."),
        widget=text_input(list="rcs-senders"),
    )
    sms_text = forms.CharField(label=gettext_lazy("Text"), required=False, widget=forms.Textarea(attrs=AREA))
    mms_from = forms.CharField(
        label=gettext_lazy("From"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("A number on the agent's messaging profile."),
        widget=text_input(list="rcs-senders"),
    )
    mms_text = forms.CharField(label=gettext_lazy("Text"), required=False, widget=forms.Textarea(attrs=AREA))
    mms_subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=LONGEST_SUBJECT, required=False, widget=text_input()
    )
    mms_media_urls = Lines(
        label=gettext_lazy("Pictures and files"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "Public addresses starting with https://, one per line, at most 10 and together "
            "under 1 MB. We don't open them."
        ),
        widget=forms.Textarea(attrs=AREA),
    )
    lifetime = forms.ChoiceField(
        label=gettext_lazy("Give up after"),
        required=False,
        help_text=gettext_lazy("A phone that is off for longer won't get it."),
        widget=forms.Select(attrs={"class": "desk-field"}),
    )
    expire_at = forms.DateTimeField(
        label=gettext_lazy("Give up at"),
        required=False,
        input_formats=[LOCAL_TIME, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "desk-field"}, format=LOCAL_TIME
        ),
    )

    def __init__(self, user: User, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        # What stood beside the recipient's number; the page before sending shows it.
        self.left_out: list[str] = []
        cast(SenderChoice, self.fields["agent"]).offer(self._chosen_agent())
        cast(PurposeField, self.fields["purpose"]).offer(sending.purposes(user))
        self._choices("lifetime").choices = self._lifetimes()
        zone = timezone.get_current_timezone_name()
        words = _("At most 15 days from now, in your time zone (%(zone)s).")
        self.fields["expire_at"].help_text = words % {"zone": zone}

    def _choices(self, name: str) -> forms.ChoiceField:
        return cast(forms.ChoiceField, self.fields[name])

    def _chosen_agent(self) -> UUID | None:
        return uuid_or_none(str(self.data.get("agent") or self.initial.get("agent")))

    def _lifetimes(self) -> list[tuple[str, Any]]:
        seconds = set(LIFETIMES)
        chosen = str(self.data.get("lifetime") or self.initial.get("lifetime") or "")
        if chosen.isdecimal() and limits.SHORTEST_TTL <= int(chosen) <= limits.LONGEST_TTL:
            seconds.add(int(chosen))  # from an earlier message
        timed = [(str(number), duration(timedelta(seconds=number))) for number in sorted(seconds)]
        return [("", _("Telnyx's default")), *timed, (UNTIL, _("a time I choose"))]

    # Checks of one field.

    def clean_again_of(self) -> Any:
        id = self.cleaned_data["again_of"]
        return id if id and RcsMessage.objects.filter(pk=id).exists() else None

    def clean_to(self) -> str:
        read = read_one(self.cleaned_data["to"])
        self.left_out = what_was_changed([read])
        return read.number

    def clean_sms_from(self) -> str:
        return sender(self.cleaned_data["sms_from"]) if self._falls_back("sms") else ""

    def clean_mms_from(self) -> str:
        return sender(self.cleaned_data["mms_from"]) if self._falls_back("mms") else ""

    def clean_sms_text(self) -> str:
        return str(self.cleaned_data["sms_text"]).replace("\r\n", "\n")

    def clean_mms_text(self) -> str:
        return str(self.cleaned_data["mms_text"]).replace("\r\n", "\n")

    def clean_mms_media_urls(self) -> list[str]:
        urls = self.cleaned_data["mms_media_urls"]
        if len(urls) > MOST_MEDIA:
            raise ValidationError(_("At most 10 files; you have %(n)s."), params={"n": len(urls)})
        return urls

    def _falls_back(self, way: str) -> bool:
        return self.cleaned_data.get("fallback") == way

    # Checks across fields.

    def clean(self) -> None:
        super().clean()
        self._check_end()
        self._check_fallback()
        if any(name not in self.cleaned_data for name in ("message_id", "agent", "to", "purpose")):
            return
        for objection in sending.objections(self.message(), self.user):
            self.object(objection)

    def object(self, objection: sending.Objection) -> None:
        """Show an objection beside its field, unless the field already shows an error."""
        field = BESIDE.get(objection.field, objection.field)
        field = field if field in self.fields else ""
        is_said = field in self.errors or (field == "sms_text" and "sms_from" in self.errors)
        if field == "content" or (is_said and field in ("sms_text", "mms_text", "expire_at", "lifetime")):
            return
        self.add_error(field or None, objection.words)

    def _check_end(self) -> None:
        is_moment = self.cleaned_data.get("lifetime") == UNTIL
        if is_moment and "expire_at" in self.cleaned_data and not self.cleaned_data["expire_at"]:
            self.add_error("expire_at", _("Choose a day and time."))

    def _check_fallback(self) -> None:
        way = self.cleaned_data.get("fallback")
        if not way:
            return
        if f"{way}_from" in self.cleaned_data and not self.cleaned_data[f"{way}_from"]:
            self.add_error(f"{way}_from", _("Choose the number the fallback is sent from."))
        if way == "sms" and not str(self.cleaned_data.get("sms_text", "")).strip():
            self.add_error("sms_text", _("Type the fallback text."))

    def message(self) -> RcsMessage:
        """Return the message as typed, unsaved."""
        given = self.cleaned_data
        lifetime = given.get("lifetime") or ""
        return RcsMessage(
            pk=given["message_id"],
            again_of_id=given.get("again_of"),
            agent=given["agent"],
            messaging_profile=given["agent"].profile(),
            recipient=given["to"],
            purpose=given["purpose"],
            content=given.get("content", {}),
            ttl_seconds=int(lifetime) if lifetime.isdecimal() else None,
            expire_at=given.get("expire_at") if lifetime == UNTIL else None,
            sms_fallback=self._sms(),
            mms_fallback=self._mms(),
        )

    def _sms(self) -> dict[str, str] | None:
        given = self.cleaned_data
        if not self._falls_back("sms") or any(name not in given for name in SMS):
            return None
        return {"from": given["sms_from"], "text": given["sms_text"]}

    def _mms(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if not self._falls_back("mms") or any(name not in given for name in MMS):
            return None
        held = {
            "from": given["mms_from"],
            "text": given["mms_text"],
            "subject": given["mms_subject"],
            "media_urls": given["mms_media_urls"],
        }
        return {name: value for name, value in held.items() if value}


def sender(typed: str) -> str:
    """Return the sender in E.164; a short code or a name stays as it is."""
    typed = typed.strip()
    if not typed or (typed.isdecimal() and len(typed) <= 8) or any(letter.isalpha() for letter in typed):
        return typed
    return normalise_number(typed)


def initial(message: RcsMessage) -> dict[str, Any]:
    """Return the initial values of the form for this message."""
    sms, mms = message.sms_fallback or {}, message.mms_fallback or {}
    return {
        "message_id": message.pk,
        "again_of": message.again_of_id,
        "agent": message.agent_id,
        "to": message.recipient_shown() if message.recipient else "",
        "purpose": message.purpose,
        "content": message.content,
        "fallback": "sms" if sms else "mms" if mms else "",
        "sms_from": sms.get("from", ""),
        "sms_text": sms.get("text", ""),
        "mms_from": mms.get("from", ""),
        "mms_text": mms.get("text", ""),
        "mms_subject": mms.get("subject", ""),
        "mms_media_urls": mms.get("media_urls", []),
        "lifetime": UNTIL if message.expire_at else str(message.ttl_seconds or ""),
        "expire_at": message.expire_at,
    }


class TemplateForm(ContentForm):
    """A reusable message: its name, its content, and the text for phones without RCS."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=RcsTemplate.LONGEST_NAME, widget=text_input()
    )
    sms_text = forms.CharField(
        label=gettext_lazy("Text for phones without RCS"),
        required=False,
        max_length=limits.LONGEST_FALLBACK_TEXT,
        widget=forms.Textarea(attrs=AREA),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("When and by whom it is used. No one outside sees this."),
        widget=forms.Textarea(attrs=AREA),
    )
    draft_id = forms.UUIDField(widget=forms.HiddenInput, label=gettext_lazy("Draft"))

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        same = RcsTemplate.objects.filter(name__iexact=name).exclude(pk=self.initial["draft_id"])
        if same.exists():
            raise ValidationError(_("A template with this name exists. Choose another name."), "unique")
        return name

    def clean_sms_text(self) -> str:
        return str(self.cleaned_data["sms_text"]).replace("\r\n", "\n")
