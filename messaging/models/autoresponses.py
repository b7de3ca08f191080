"""Auto-responses of messaging profiles: what Telnyx does and replies when someone texts STOP, START or HELP."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from messaging.autoresponses import lint, operations
from messaging.autoresponses.words import EVERYWHERE, Op, as_keywords, op_label
from messaging.mirror.models import ComparedResource, Fact, SyncState
from messaging.mirror.outbound import outbox
from messaging.mirror.records.wire import Name, Wire
from messaging.telnyx.client import Client, path

from .profiles import MessagingProfile

# Our name in the mirrored record for the profile, which Telnyx gives only in the URL.
PROFILE = "messaging_profile_id"
EDITED = ("op", "country_code", "keywords", "resp_text")
# Those whose copy at Telnyx isn't ours.
DIFFERS = models.Q(differs=True, gone_at=None)


def listed(client: Client, path: str, params: Any = ()) -> Iterator[dict[str, Any]]:
    """Yield the auto-responses of every profile we know. Raises as `pages.single` does."""
    known = MessagingProfile.objects.filter(remote_id__isnull=False, gone_at=None)
    ids = list(known.order_by("pk").values_list("remote_id", flat=True))
    return operations.of_profiles(client, [id for id in ids if id], PROFILE)


def profile_key(remote_id: Any) -> Any:
    return MessagingProfile.objects.values_list("pk", flat=True).get(remote_id=remote_id)


@dataclass(frozen=True)
class Change:
    """A field that differs in two versions, in words."""

    name: str
    label: Any
    before: str
    after: str


class AutoResponse(ComparedResource):
    """One auto-response. Our fields hold what we last promised to send; remote_data is Telnyx's copy."""

    is_pulled_whole = True

    profile = models.ForeignKey(
        MessagingProfile,
        verbose_name=_("messaging profile"),
        on_delete=models.PROTECT,
        related_name="autoresponses",
    )
    op = models.CharField(
        _("what the keywords do"),
        max_length=20,
        choices=Op,
        help_text=_("Telnyx calls HELP info. It only sends the reply."),
    )
    country_code = models.CharField(
        _("country of the phone"),
        max_length=10,
        default=EVERYWHERE,
        help_text=_("Two letters, such as US, or * for every country. The more specific one wins."),
    )
    keywords = models.JSONField(
        _("keywords"),
        default=list,
        blank=True,
        help_text=_(
            "One per line, or separated by commas. STOP ALL is one keyword. Case doesn't "
            "matter: they are sent in capitals, each once. At most 20."
        ),
    )
    resp_text = models.TextField(
        _("reply"),
        blank=True,
        help_text=_("At least 20 characters. Say who you are and, after STOP, that no more texts will come."),
    )

    differs = models.BooleanField(_("differs at Telnyx"), default=False, editable=False)

    wire = Wire(
        operations.CONFIGS,
        pages=listed,
        status="",  # an auto-response has none
        profile_id=Name(PROFILE, load=profile_key),
        op=Name("op", load=lambda value: str(value)[:20]),
        country_code=Name("country_code", load=lambda value: str(value)[:10]),
        keywords=Name("keywords", load=operations.texts),
        resp_text="resp_text",
    )
    operations = operations.OPERATIONS
    import_permission = "messaging.add_autoresponse"
    # Only those of profiles that are here are found at Telnyx.
    import_after = "messaging.MessagingProfile"
    compared = EDITED
    sends_all = ("create", "replace")

    class Meta(ComparedResource.Meta):
        verbose_name = _("auto-response")
        verbose_name_plural = _("auto-responses")
        ordering = ["profile__name", "op", "country_code"]
        permissions = [
            ("submit_autoresponse", _("Can send auto-responses to Telnyx")),
            ("delete_remote_autoresponse", _("Can delete auto-responses at Telnyx")),
        ]
        indexes = [
            *ComparedResource.Meta.indexes,
            models.Index(fields=["updated_at"], name="autoresponse_differs", condition=DIFFERS),
        ]

    def __str__(self) -> str:
        return f"{op_label(self.op)}, {lint.country_label(self.country_code)}"

    def clean(self) -> None:
        self.keywords = as_keywords(operations.texts(self.keywords))
        self.country_code = self.country_code.strip().upper()
        self.resp_text = self.resp_text.strip()

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Mirror what Telnyx says, together with the profile it was read under."""
        with transaction.atomic(savepoint=False):
            told = {**record, PROFILE: self.profile.remote_id}
            super().apply(told, source=source, as_of=as_of, facts=facts)
            self.differs = bool(self.differing())
            self.save(update_fields=["differs"])

    def schedule_poll(self) -> None:
        self.next_poll_at = None

    def fetch(self, client: Client) -> tuple[dict[str, Any], Sequence[Fact] | None]:
        address = path(operations.CONFIG, profile_id=self.profile.remote_id, id=self.remote_id)
        return client.get(address).body, None

    def promise(self, operation: str, **how: Any) -> Any:
        """Promise `operation` under the profile's URL; see outbox.add."""
        return outbox.add(self, operation, profile_id=self.profile.remote_id, **how)

    def is_editable(self) -> bool:
        return self.gone_at is None and not self.is_under_way()

    def next_operation(self) -> str:
        return "replace" if self.remote_id else "create"

    def can_delete_draft(self) -> bool:
        """Return True if the row may be deleted. One that was ever promised stays, as the record of what was sent."""
        return self.remote_id is None and not self.is_under_way() and not outbox.entries(self).exists()

    def as_config(self) -> lint.Config:
        """Return what the rules and the simulator work on."""
        return lint.Config(self.op, self.keywords, self.country_code, self.resp_text, str(self.pk or ""))

    def siblings(self) -> "models.QuerySet[AutoResponse]":
        """Return the profile's other auto-responses that are, or will soon be, at Telnyx."""
        others = AutoResponse.objects.filter(profile_id=self.profile_id, gone_at=None).exclude(pk=self.pk)
        return others.exclude(sync_state=SyncState.DRAFT, remote_id=None)

    def problems(self) -> list[lint.Problem]:
        """Return what stops or should delay sending; both the page and the button use this."""
        return lint.find(self.as_config(), [other.as_config() for other in self.siblings()])

    def held(self) -> dict[str, Any]:
        """Return Telnyx's values under our field names; a reply that Telnyx leaves out is empty."""
        return {"resp_text": "", **super().held()} if self.remote_data else {}

    def comparable(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values so that the case and the order of keywords don't count."""
        return {name: _plain(name, value) for name, value in values.items()}

    def differing(self) -> list[str]:
        """Return the fields in which Telnyx's copy differs from ours; none while a request is open."""
        if not self.remote_id or self.gone_at or self.is_under_way():
            return []
        return self.apart()


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return, in words, the fields in which two versions of an auto-response differ."""
    found = []
    for name in EDITED:
        if name in after and _plain(name, before[name]) != _plain(name, after[name]):
            field = AutoResponse._meta.get_field(name)
            label = str(getattr(field, "verbose_name", name))
            found.append(
                Change(name, label.capitalize(), shown(name, before[name]), shown(name, after[name]))
            )
    return found


def _plain(name: str, value: Any) -> Any:
    if name == "keywords":
        return sorted(as_keywords(operations.texts(value)))
    text = str(value or "").replace("\r\n", "\n").strip()
    return text.upper() if name == "country_code" else text.lower() if name == "op" else text


def shown(name: str, value: Any) -> str:
    """Return a value of an auto-response the way people read it."""
    if name == "keywords":
        return ", ".join(value)
    if name == "op":
        return op_label(value)
    return str(lint.country_label(value)) if name == "country_code" else str(value)
