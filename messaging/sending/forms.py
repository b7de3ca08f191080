"""The form for each way to send. What it finds wrong appears next to the field, and nothing typed is lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging import segments
from messaging.desk.pages import uuid_or_none
from messaging.mirror import clock
from messaging.models import ComposedMessage, MessagingProfile
from messaging.numbers import LONGEST_PIECE, lines, normalise_number, read_row, what_was_changed
from messaging.validators import at_most, check_public_url, display_number, split_lines

from ..saved_texts import choosing, rules
from ..saved_texts.choosing import SavedTextForm
from ..whatsapp import wording
from . import addresses, event_words, guards, promise
from .choices import (
    EARLIEST,
    FEWEST_IN_GROUP,
    LATEST,
    LONGEST_SUBJECT,
    MOST_IN_GROUP,
    MOST_MEDIA,
    Content,
    Encoding,
    Kind,
    Purpose,
)
from .json_field import JsonContent, refuse
from .purpose import PurposeField
from .shape import Placed

SEND, SEND_TEST = "messaging.send_composedmessage", "messaging.send_test_composedmessage"
# People who may create profiles must not be able to push other people's profiles out of the list.
MOST_OPTIONS = 1_000
# More than any list here accepts, so that each line of one that is a little too long gets its own reason.
MOST_LINES = 50
LOCAL_TIME = "%Y-%m-%dT%H:%M"

BEGIN = ("purpose", "messaging_profile", "sender", "recipients")
PICTURES = ("media_urls", "subject")
MMS = "as_mms"
ENCODING = ("encoding", "auto_detect")
EVENTS = "events"
FIELDS: Mapping[str, Sequence[str]] = {
    Kind.MESSAGE: (*BEGIN, "text", *PICTURES, MMS, "send_at", *ENCODING, EVENTS),
    Kind.GROUP: (*BEGIN, "text", *PICTURES, EVENTS),
    Kind.ALPHANUMERIC: (*BEGIN, "text", EVENTS),
    Kind.NUMBER_POOL: (
        "purpose",
        "messaging_profile",
        "recipients",
        "text",
        *PICTURES,
        MMS,
        *ENCODING,
        EVENTS,
    ),
    Kind.WHATSAPP: (*BEGIN, "content"),
    Kind.LONG_CODE: (*BEGIN, "text", *PICTURES, MMS, *ENCODING, EVENTS),
    Kind.SHORT_CODE: (*BEGIN, "text", *PICTURES, MMS, *ENCODING, EVENTS),
    Kind.SCHEDULE: (*BEGIN, "text", *PICTURES, MMS, "send_at", "auto_detect", EVENTS),
}
# Shown folded: few people need them.
RARELY = ("subject", MMS, *ENCODING, EVENTS)


def purposes(user: User) -> list[str]:
    """Return what this person may send: only tests, or anything."""
    if user.has_perm(SEND):
        return [Purpose.TEST, Purpose.MANUAL]
    return [Purpose.TEST] if user.has_perm(SEND_TEST) else []


class Lines(forms.CharField):
    """A list, one item per line."""

    widget = forms.Textarea

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}  # the limit applies to each line

    def to_python(self, value: Any) -> Any:
        return split_lines(super().to_python(value) or "", MOST_LINES)

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        found: list[ValidationError] = []
        for item in value:
            try:
                super().run_validators(item)
            except ValidationError as error:
                found.append(error)
        if found:
            raise ValidationError(found)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class Numbers(Lines):
    """A list of phone numbers, each perhaps with a name beside it: a line is split only where numbers.py says so."""

    def to_python(self, value: Any) -> Any:
        text = forms.CharField.to_python(self, value) or ""
        return at_most(lines(text), MOST_LINES)


class ComposeForm(SavedTextForm):
    """A message of one kind; `message()` builds it from the typed values."""

    message_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    again_of = forms.UUIDField(widget=forms.HiddenInput, required=False)

    purpose = PurposeField()
    messaging_profile = forms.ModelChoiceField(
        MessagingProfile.objects.none(),
        label=gettext_lazy("Messaging profile"),
        empty_label=gettext_lazy("Choose"),
        error_messages={"required": gettext_lazy("Choose a messaging profile.")},
        help_text=gettext_lazy(
            "The sender's profile. Anyone who opted out of it isn't texted. Leave it empty if you don't "
            "know: it is filled in if we know of only one profile with this sender."
        ),
    )
    sender = forms.CharField(label=gettext_lazy("From"), max_length=LONGEST_PIECE)
    recipients = Numbers(label=gettext_lazy("To"), max_length=LONGEST_PIECE)
    text = forms.CharField(label=gettext_lazy("Text"), required=False, widget=forms.Textarea)
    media_urls = Lines(
        label=gettext_lazy("Pictures and files"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "Public addresses starting with https://, one per line, at most 10 and together "
            "under 1 MB. We don't open them. With one, it is sent as MMS."
        ),
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        required=False,
        max_length=LONGEST_SUBJECT,
        help_text=gettext_lazy("Makes it an MMS. Many phones don't show it."),
    )
    as_mms = forms.BooleanField(
        label=gettext_lazy("Send it as one MMS, even without a picture"),
        required=False,
        help_text=gettext_lazy(
            "For a long text: one message instead of many parts, in the US and Canada. It costs as much as "
            "an MMS."
        ),
    )
    send_at = forms.DateTimeField(
        label=gettext_lazy("When"),
        required=False,
        input_formats=[LOCAL_TIME, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_TIME),
    )
    # Only of a message that takes the place of a scheduled one: there, no time doesn't mean now.
    send_now = forms.BooleanField(
        label=gettext_lazy("Send it now, not at a set time"),
        required=False,
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"), choices=Encoding.choices, required=False, initial=Encoding.AUTO
    )
    auto_detect = forms.BooleanField(
        label=gettext_lazy("Let Telnyx refuse a text with more parts than it advises"), required=False
    )
    content = JsonContent(gettext_lazy("What Telnyx calls whatsapp_message"))
    events = forms.ChoiceField(
        label=gettext_lazy("Telnyx reports to"),
        required=False,
        help_text=gettext_lazy(
            "Sent, delivered, failed. The next page says what each choice means for your own application. Replies "
            "go to the profile's address whatever you choose."
        ),
    )

    def __init__(self, kind: str, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.user = kind, user
        # What stood beside the recipients' numbers; the page before sending shows it.
        self.left_out: list[str] = []
        # What is wrong inside a WhatsApp message.
        self.problems: list[Placed] = []
        # The sender typed is a name, which is another way to send.
        self.is_from_a_name = False
        self.may_write = rules.may_write(user)
        saved = choosing.FIELDS if "text" in FIELDS[kind] else ()
        # The time that an earlier message was scheduled for, if this one takes its place.
        self.old_time = self._old_time() if "send_at" in FIELDS[kind] else None
        may_be_now = ("send_now",) if self.old_time and kind != Kind.SCHEDULE else ()
        for name in set(self.fields) - {*FIELDS[kind], *saved, *may_be_now, "message_id", "again_of"}:
            del self.fields[name]
        if saved:
            self.offer_saved_texts(user)
        self.order_fields(["message_id", "again_of", *self.names()])
        cast(PurposeField, self.fields["purpose"]).offer(purposes(user))
        if EVENTS in self.fields:
            self._choices(EVENTS).choices = event_words.choices()
        self._profiles()
        self._of_kind()

    def names(self) -> list[str]:
        """Return the names of the fields that people see, in order."""
        found: list[str] = []
        for name in FIELDS[self.kind]:
            found += [*choosing.FIELDS, *self.value_names, name] if name == "text" else [name]
            found += ["send_now"] if name == "send_at" else []
        return [name for name in found if name in self.fields and not self.fields[name].widget.is_hidden]

    def chosen_profile(self) -> MessagingProfile | None:
        """Return the profile that is chosen as the form is shown."""
        chosen = uuid_or_none(str(self["messaging_profile"].value() or ""))
        return MessagingProfile.objects.defer("remote_data").filter(pk=chosen).first() if chosen else None

    def _choices(self, name: str) -> forms.ChoiceField:
        return cast(forms.ChoiceField, self.fields[name])

    def _old_time(self) -> datetime | None:
        earlier = uuid_or_none(self._given("again_of"))
        if earlier is None:
            return None
        rows = ComposedMessage.objects.filter(pk=earlier, created_by=self.user)
        return rows.values_list("send_at", flat=True).first()

    def _profiles(self) -> None:
        found = MessagingProfile.objects.filter(remote_id__isnull=False, gone_at=None).order_by("name", "pk")
        shown = list(found.values_list("pk", flat=True)[:MOST_OPTIONS])
        field = cast(forms.ModelChoiceField, self.fields["messaging_profile"])
        field.queryset = found.filter(pk__in=shown).defer("remote_data")
        if len(shown) == 1:
            field.initial = shown[0]

    def _of_kind(self) -> None:
        if self.kind == Kind.GROUP:
            self.fields["recipients"].help_text = _("2 to 8 numbers in the US or Canada, one per line")
        else:
            self.fields["recipients"].widget = forms.TextInput(
                attrs={"inputmode": "tel", "autocomplete": "off"}
            )
            self.fields["recipients"].help_text = _("Any format, such as (303) 555-0123 or +49 30 1234567.")
            if self.kind in addresses.REACH_SHORT_CODES:
                self.fields["recipients"].help_text = _(
                    "Any format, such as (303) 555-0123 or +49 30 1234567; or a short code of 5 or 6 digits."
                )
        if "sender" in self.fields:
            self.fields["sender"].help_text = SENDER_HELP.get(self.kind, SENDER_HELP[Kind.MESSAGE])
        if self.kind == Kind.SCHEDULE:
            self.fields["send_at"].required = True
        content = self.initial.get("content")
        # What is no JSON yet is kept as typed.
        is_typed = isinstance(content, str) and content.strip()
        if self.kind == Kind.WHATSAPP and not self.may_write and not _is_template(content) and not is_typed:
            self.initial["content"] = EMPTY_TEMPLATE
        if "send_at" in self.fields:
            zone = timezone.get_current_timezone_name()
            words = _(
                "Leave empty to send now. Otherwise 7 minutes to 5 days from now, in your time "
                "zone (%(zone)s)."
            )
            if self.fields["send_at"].required:
                words = _("7 minutes to 5 days from now, in your time zone (%(zone)s)")
            elif self.old_time:
                words = _(
                    "7 minutes to 5 days from now, in your time zone (%(zone)s). To send it now, leave this empty and "
                    "check the box below."
                )
            self.fields["send_at"].help_text = words % {"zone": zone}

    # Checks of single fields.

    def clean_sender(self) -> str:
        typed = self.cleaned_data["sender"].strip()
        if self.kind == Kind.ALPHANUMERIC:
            return typed
        if (
            typed.isdigit()
            and len(typed) <= 8
            and self.kind not in (Kind.LONG_CODE, Kind.GROUP, Kind.WHATSAPP)
        ):
            return typed  # a short code
        if self.kind == Kind.SHORT_CODE:
            raise ValidationError(_("A short code has only digits, at most 8."))
        try:
            return normalise_number(typed)
        except ValidationError:
            if not addresses.is_name(self.kind, typed):
                raise
        self.is_from_a_name = True
        words = _("“%(name)s” isn't a phone number. To send from a name, choose “%(way)s”.")
        raise ValidationError(words, params={"name": typed, "way": Kind.ALPHANUMERIC.label})

    def clean_again_of(self) -> Any:
        id = self.cleaned_data["again_of"]
        return id if id and ComposedMessage.objects.filter(pk=id).exists() else None

    def clean_recipients(self) -> list[str]:
        if code := addresses.short_code(self.kind, self.cleaned_data["recipients"]):
            return code
        pieces = [piece for row in self.cleaned_data["recipients"] for piece in read_row(row)]
        wrong = [
            f"{piece.typed}: {piece.problem}" if len(pieces) > 1 else str(piece.problem)
            for piece in pieces
            if not piece.number
        ]
        if wrong or not pieces:
            raise ValidationError(wrong or _("This isn't a phone number."))
        found = [piece.number for piece in pieces]
        self.left_out = what_was_changed(pieces)
        if self.kind != Kind.GROUP and len(found) > 1:
            raise ValidationError(_("Type one number. To reach several people, send a group message."))
        if self.kind == Kind.GROUP and not FEWEST_IN_GROUP <= len(found) <= MOST_IN_GROUP:
            raise ValidationError(
                _("A group has 2 to 8 recipients; you have %(n)s."), params={"n": len(found)}
            )
        if twice := [number for number, times in Counter(found).items() if times > 1]:
            words = ngettext(
                "This number is listed twice: %(list)s",
                "These numbers are listed twice: %(list)s",
                len(twice),
            )
            raise ValidationError(words, params={"list": ", ".join(map(display_number, twice))})
        return found

    def clean_text(self) -> str:
        return self.cleaned_data["text"].replace("\r\n", "\n")

    def clean_media_urls(self) -> list[str]:
        urls = self.cleaned_data["media_urls"]
        if len(urls) > MOST_MEDIA:
            raise ValidationError(_("At most 10 files; you have %(n)s."), params={"n": len(urls)})
        wrong = [(url, words) for url in urls if (words := _wrong_with(url))]
        if wrong:
            raise ValidationError([words if len(urls) == 1 else f"{url}: {words}" for url, words in wrong])
        return urls

    def clean_encoding(self) -> str:
        return self.cleaned_data["encoding"] or Encoding.AUTO

    def clean_events(self) -> str:
        return self.cleaned_data["events"] or event_words.choices()[0][0]

    def clean_send_at(self) -> Any:
        at = self.cleaned_data["send_at"]
        if at and not clock.now() + EARLIEST <= at <= clock.now() + LATEST:
            raise ValidationError(_("Choose a time between 7 minutes and 5 days from now."))
        return at

    def clean_content(self) -> Any:
        content = self.cleaned_data["content"]
        self.problems = wording.found(content)
        refuse(self.problems)
        return content

    # Checks across fields.

    def clean(self) -> None:
        """Check everything at once that what is right so far allows, so that nobody needs a second round."""
        super().clean()
        self._check_time()
        if "text" in FIELDS[self.kind]:
            self.cleaned_data["text"] = self.whole_text()
        self._check_content()
        if "message_id" not in self.cleaned_data or "messaging_profile" in self.errors:
            return
        message = self.message()
        if message.sender and message.sender in message.recipients:
            self.add_error("recipients", _("Sender and recipient are the same number."))
        if why := event_words.objection(message):
            self.add_error(EVENTS, why)
        for objection in [
            *rules.objections(message, self.user),
            *guards.objections(message),
            *promise.over_limits(self.user, len(message.recipients)),
        ]:
            if objection.field not in self.errors or objection.field in self.cleaned_data:
                self.add_error(objection.field if objection.field in self.fields else None, objection.words)

    def _check_time(self) -> None:
        """Refuse to take a missing time for "now" where an earlier message had one."""
        if "send_now" not in self.fields or "send_at" in self.errors:
            return
        at, is_now = self.cleaned_data["send_at"], self.cleaned_data["send_now"]
        if not at and not is_now:
            self.add_error("send_at", _("Choose a time, or check “Send it now, not at a set time”."))
        elif at and is_now:
            self.add_error("send_now", _("A time is chosen, too. Clear it, or uncheck this box."))

    @property
    def _beside_text(self) -> str:
        """Return the field beside which is said what is wrong with the text."""
        return "text" if "text" in self.fields and not self.saved else "saved_text"

    def _check_content(self) -> None:
        given = self.cleaned_data
        if self.kind == Kind.WHATSAPP or any(
            name in self.errors for name in ("text", "media_urls", "saved_text", *self.value_names)
        ):
            return
        if not given["text"] and not given.get("media_urls"):
            can_picture = "media_urls" in self.fields
            words = _("Type a text or add a file.") if can_picture else _("Type a text.")
            self.add_error(self._beside_text, words if self.may_write else _("Choose a saved text."))
        elif not any(given.get(name) for name in (*PICTURES, MMS)) and self.kind != Kind.GROUP:
            self._check_size(given["text"], given.get("encoding", Encoding.AUTO))

    def _check_size(self, text: str, encoding: str) -> None:
        size = segments.measure(text, encoding)
        if encoding == Encoding.GSM7 and size.foreign:
            words = _("GSM-7 doesn't have %(characters)s. Remove them or choose another encoding.")
            self.add_error(self._beside_text, words % {"characters": " ".join(size.foreign[:20])})
        elif words := segments.too_long(size):
            self.add_error(self._beside_text, words)

    def message(self) -> ComposedMessage:
        """Return the message as typed, not saved."""
        given = {name: self.cleaned_data[name] for name in FIELDS[self.kind] if name in self.cleaned_data}
        if "content" in given:
            given["whatsapp"] = given.pop("content")
        message = ComposedMessage(
            pk=self.cleaned_data["message_id"],
            kind=self.kind,
            again_of_id=self.cleaned_data.get("again_of"),
            saved_text=self.saved,
            **given,
        )
        message.values = {name: self.cleaned_data.get(name, "") for name in self.value_names}
        return message


def _wrong_with(url: str) -> str:
    """Return what is wrong with the address of a file, or ""."""
    try:
        check_public_url(url)
    except ValidationError as error:
        return " ".join(error.messages)
    return "" if url.startswith("https://") else _("Use an address starting with https://.")


EMPTY_TEMPLATE = {
    "type": Content.TEMPLATE.value,
    "template": {"language": {"code": "en_US", "policy": "deterministic"}},
}


def _is_template(content: Any) -> bool:
    return isinstance(content, Mapping) and content.get("type") == Content.TEMPLATE


SENDER_HELP: Mapping[str, Any] = {
    Kind.MESSAGE: gettext_lazy("One of your numbers, or your short code"),
    Kind.GROUP: gettext_lazy("One of your long codes or toll-free numbers"),
    Kind.ALPHANUMERIC: gettext_lazy("The name exactly as on the profile"),
    Kind.WHATSAPP: gettext_lazy("Your WhatsApp number"),
    Kind.LONG_CODE: gettext_lazy("One of your long codes"),
    Kind.SHORT_CODE: gettext_lazy("Your short code"),
}
