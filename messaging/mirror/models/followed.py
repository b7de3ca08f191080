"""Settings that people change here and in Telnyx's portal, with a history that says who changed them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..wording import when
from .mirrored import MirroredFields
from .outbox import OutboxEntry
from .resource import Fact, Source, TelnyxResource


class FollowedSettings(MirroredFields):
    """A record whose settings change here and at Telnyx. It keeps a SettingNoticed for each change."""

    # What may differ from one reading to the next, and is kept as history.
    followed: ClassVar[Sequence[str]] = ()
    # The rows of the model made from SettingNoticed.
    changes: Any

    class Meta(MirroredFields.Meta):
        abstract = True

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says, and record which settings differ from the previous reading."""
        with transaction.atomic(savepoint=False):
            before = self.lock()
            super().apply(record, source=source, as_of=as_of, facts=facts)
            if before.remote_as_of is not None:
                self._note_changes(before, source, as_of)
            if self.gone_at is not None and as_of > self.gone_at:
                self.gone_at = None  # it is at Telnyx again, with the same id
                self.save(update_fields=["gone_at"])

    def _note_changes(self, before: Self, source: str, as_of: datetime) -> None:
        pairs = [(name, getattr(before, name), getattr(self, name)) for name in self.followed]
        changed = [(name, old, new) for name, old, new in pairs if old != new]
        asked = [self._asked(entry) for entry in sent_since(self, before.remote_as_of)] if changed else []
        for name, old, new in changed:
            if source == Source.API:
                # The answer to a change of one setting also shows what happened to the others.
                is_ours = any(name in settings for settings in asked)
            else:
                is_ours = any(_asks_for(settings, name, new) for settings in asked)
            elsewhere = Source.SYNC if source == Source.API else source
            self.changes.create(
                setting=name,
                before=_storable(old),
                after=_storable(new),
                source=Source.API if is_ours else elsewhere,
                noticed_at=as_of,
            )

    def _asked(self, entry: OutboxEntry) -> dict[str, Any]:
        """Return the settings a request asks for, by field, with their values as we store them."""
        return self.wire.load(entry.promised())

    def asker(self, change: "SettingNoticed", entries: Iterable[OutboxEntry]) -> str:
        """Return who asked for a change, from requests newest first; "" if nobody here did or it was deleted."""
        if change.source != Source.API:
            return ""
        for entry in entries:
            if entry.created_at <= change.noticed_at and _asks_for(
                self._asked(entry), change.setting, change.after
            ):
                return str(entry.requested_by or "")
        return ""


def _storable(value: Any) -> Any:
    # None is a value here: the setting is off. Django would store no value at all.
    return models.Value(None, models.JSONField()) if value is None else value


def sent_since(resource: TelnyxResource, since: datetime | None) -> "models.QuerySet[OutboxEntry]":
    """Return the requests that may have changed a record at Telnyx since then, newest first.

    A reading can arrive before the answer to our own request, so open ones that may have been sent count too.
    """
    sent = OutboxEntry.objects.filter(
        resource_type=ContentType.objects.get_for_model(resource), resource_id=resource.pk, sends__gt=0
    )
    unsettled = Q(resolved_at=None) | Q(resolved_at__gte=since)
    return sent.filter(unsettled).exclude(state=OutboxEntry.State.REFUSED).order_by("-created_at")


def _asks_for(settings: Mapping[str, Any], name: str, value: Any) -> bool:
    if name not in settings:
        return False
    asked = settings[name]
    if isinstance(asked, list) and isinstance(value, list):
        return sorted(map(str, asked)) == sorted(map(str, value))
    return bool(asked == value)


class SettingNoticed(models.Model):
    """One setting that a reading found changed, and who changed it: us, or someone else. Rows are only added."""

    setting = models.CharField(_("setting"), max_length=50)
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    noticed_at = models.DateTimeField(_("noticed"))
    source = models.CharField(_("source"), max_length=10, choices=Source)

    class Meta:
        abstract = True
        ordering = ["-noticed_at", "-id"]
        default_permissions = ()
        indexes = [
            # What was changed at Telnyx and not from here, newest first.
            models.Index(
                fields=["-noticed_at"], name="%(class)s_elsewhere", condition=~Q(source=Source.API.value)
            )
        ]

    def __str__(self) -> str:
        return f"{self.setting} {when(self.noticed_at)}"

    @classmethod
    def elsewhere(cls, since: datetime) -> "models.QuerySet[Self]":
        """Return what was noticed since then and not changed from here."""
        return cls._default_manager.exclude(source=Source.API).filter(noticed_at__gte=since)
