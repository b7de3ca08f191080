"""Records that people edit here and in Telnyx's portal: what Telnyx changed, and what someone has to decide about.

Of each field we remember, as a digest, what Telnyx last held and what was last settled: sent from here, or decided by a
person. A field is undecided while Telnyx holds something that is neither settled nor what is here.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..wording import when
from .fields import ClockedField
from .followed import sent_since
from .outbox import OutboxEntry
from .resource import Fact, Source, TelnyxResource

Digests = dict[str, str]


class KnownCopy(models.Model):
    """What Telnyx held when we last read a record, and what was last settled, as a digest of each field."""

    resource_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    resource_id = models.UUIDField()
    held = models.JSONField(default=dict)
    settled = models.JSONField(default=dict)
    # The request to Telnyx that was settled last.
    entry_id = models.UUIDField(null=True)
    # Since when someone has to decide about a field; null if nobody has to.
    open_since = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("known copy at Telnyx")
        verbose_name_plural = _("known copies at Telnyx")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["resource_type", "resource_id"], name="one_known_copy"),
        ]
        indexes = [
            models.Index(
                fields=["resource_type", "open_since"],
                name="knowncopy_open",
                condition=Q(open_since__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.resource_id)


class PortalChange(models.Model):
    """Fields of a record that someone changed at Telnyx and not from here, noticed once. Rows are only ever added.

    `changes` has [before, after] for each field, or null where the values are personal or secret.
    """

    resource_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    resource_id = models.UUIDField()
    changes = models.JSONField(_("changes"))
    noticed_at = models.DateTimeField(_("noticed"))
    source = models.CharField(_("source"), max_length=10, choices=Source)
    recorded_at = ClockedField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("change in Telnyx's portal")
        verbose_name_plural = _("changes in Telnyx's portal")
        ordering = ["-noticed_at", "-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["resource_type", "resource_id"], name="portalchange_record")]

    def __str__(self) -> str:
        return f"{', '.join(self.changes)} {when(self.noticed_at)}"


class ComparedResource(TelnyxResource):
    """A record whose fields are compared with Telnyx's copy. Name the fields, and what makes two values the same."""

    # The fields that are compared, in the order people read them.
    compared: ClassVar[Sequence[str]] = ()
    # The operations that send all of them.
    sends_all: ClassVar[Sequence[str]] = ("create", "update")
    # Fields whose values the history doesn't repeat.
    unsaid: ClassVar[Sequence[str]] = ()

    class Meta(TelnyxResource.Meta):
        abstract = True

    def held(self) -> dict[str, Any]:
        """Return the compared fields as Telnyx holds them. What Telnyx leaves out of its answer is not in it."""
        told = self.wire.load(self.remote_data)
        return {name: _typed(self, name, told[name]) for name in self.compared if name in told}

    def comparable(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values in a form that is equal for values that mean the same."""
        return dict(values)

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Write what Telnyx says, and note what was changed there and not from here."""
        with transaction.atomic(savepoint=False):
            before = self.lock()
            known = known_copy(before)
            super().apply(record, source=source, as_of=as_of, facts=facts)
            if before.remote_as_of is not None and as_of < before.remote_as_of:
                return
            if known.pk is not None:
                self._settle_sent(known)
            told = self.digests(self.held())
            if before.remote_as_of is not None:
                self._note_changes(before, known, told, source, as_of)
            ours = self.digests(self._ours())
            known.held |= told
            known.settled |= {name: digest for name, digest in told.items() if digest == ours[name]}
            if before.remote_as_of is None and known.entry_id is None:
                known.settled |= told  # it came from Telnyx as it is
            self._note_open(known, as_of)
            known.save()

    def save(self, *args: Any, **how: Any) -> None:
        """Save it. An edit of ours can make both copies the same, or different again."""
        names = how.get("update_fields")
        if names is not None and set(self.compared).isdisjoint(names):
            super().save(*args, **how)
            return
        with transaction.atomic():
            is_new = self._state.adding
            super().save(*args, **how)
            if self.remote_id and not is_new:
                known = self._known().first()
                if known and self._note_open(known, clock.now()):
                    known.save(update_fields=["open_since"])

    def gone(self, at: datetime) -> None:
        """Record that Telnyx no longer has this record, so that there is nothing left to decide."""
        with transaction.atomic():
            super().gone(at)
            self._known().update(open_since=None)

    def undecided(self, known: KnownCopy | None = None) -> list[str]:
        """Return the fields in which Telnyx holds something that is neither settled nor ours: someone has to decide.

        `known` is what is known of Telnyx's copy, if it is at hand.
        """
        apart = self.apart() if self.remote_id and self.gone_at is None else []
        if not apart:
            return []
        told, settled = self.digests(self.held()), (known or known_copy(self)).settled
        return [name for name in apart if told[name] != settled.get(name)]

    def _note_open(self, known: KnownCopy, at: datetime) -> bool:
        """Note since when someone has to decide. Return True if that changed. Doesn't save."""
        was = known.open_since
        known.open_since = (was or at) if self.undecided(known) else None
        return known.open_since != was

    def _known(self) -> "models.QuerySet[KnownCopy]":
        return KnownCopy.objects.filter(
            resource_type=ContentType.objects.get_for_model(self), resource_id=self.pk
        )

    def apart(self) -> list[str]:
        """Return the fields in which Telnyx's copy differs from ours, whoever changed them."""
        told, ours = self.digests(self.held()), self.digests(self._ours())
        return [name for name in self.compared if told.get(name, ours[name]) != ours[name]]

    def settle(self, names: Iterable[str]) -> None:
        """Record that someone decided about what Telnyx holds now in these fields. Needs the row's lock."""
        known, told = known_copy(self), self.digests(self.held())
        known.settled |= {name: told[name] for name in names}
        self._note_open(known, clock.now())
        known.save()

    def digests(self, values: Mapping[str, Any]) -> Digests:
        """Return a digest of each value; values that mean the same have the same."""
        return {name: _digest(value) for name, value in self.comparable(values).items()}

    def portal_changes(self) -> "models.QuerySet[PortalChange]":
        """Return what someone changed at Telnyx, newest first."""
        return PortalChange.objects.filter(
            resource_type=ContentType.objects.get_for_model(self), resource_id=self.pk
        )

    def last_sent(self, entries: Iterable[OutboxEntry] | None = None) -> dict[str, Any] | None:
        """Return the fields as Telnyx last received them from here, or None if never, or no longer kept.

        `entries` are all requests to Telnyx about the record, newest first, if they are at hand.
        """
        entry = self._received(entries)
        return None if entry is None or entry.is_forgotten() else self._promised(entry)

    def _ours(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.compared}

    def _promised(self, entry: OutboxEntry) -> dict[str, Any]:
        """Return all compared fields of a request; what it leaves out is sent as empty."""
        asked = self.wire.load(entry.promised())
        return {name: asked.get(name, _empty(self, name)) for name in self.compared}

    def _received(self, entries: Iterable[OutboxEntry] | None = None) -> OutboxEntry | None:
        if entries is None:
            entries = OutboxEntry.objects.filter(
                resource_type=ContentType.objects.get_for_model(self),
                resource_id=self.pk,
                operation__in=self.sends_all,
                state=OutboxEntry.State.ACCEPTED,
            ).order_by("-created_at")[:1]
        accepted = (
            entry
            for entry in entries
            if entry.operation in self.sends_all and entry.state == OutboxEntry.State.ACCEPTED
        )
        return next(accepted, None)

    def _settle_sent(self, known: KnownCopy) -> None:
        """What Telnyx received from here last is settled, in every field."""
        entry = self._received()
        if entry is None or entry.pk == known.entry_id:
            return
        known.entry_id = entry.pk
        if not entry.is_forgotten():
            known.settled = self.digests(self._promised(entry))

    def _note_changes(
        self, before: Self, known: KnownCopy, told: Digests, source: str, as_of: datetime
    ) -> None:
        changed = [name for name, digest in told.items() if digest != known.held.get(name)]
        if not changed:
            return
        sent = [entry for entry in sent_since(self, before.remote_as_of) if entry.operation in self.sends_all]
        asked = [self.digests(self._promised(entry)) for entry in sent if not entry.is_forgotten()]
        if source == Source.API and sent and sent[0].resolution == OutboxEntry.Resolution.ANSWERED:
            return  # the answer to our own request: whatever it changed, we did
        elsewhere = [name for name in changed if not any(one[name] == told[name] for one in asked)]
        if elsewhere:
            PortalChange.objects.create(
                resource_type=ContentType.objects.get_for_model(self),
                resource_id=self.pk,
                changes={name: self._before_and_after(before, known, name) for name in elsewhere},
                noticed_at=as_of,
                source=Source.SYNC if source == Source.API else source,
            )

    def _before_and_after(self, before: Self, known: KnownCopy, name: str) -> list[Any] | None:
        """Return the old and the new value, or None if they are not for a history, or the old one is unknown."""
        was = {name: _empty(self, name), **before.held()}[name]
        if name in self.unsaid or self.digests({name: was})[name] != known.held.get(name):
            return None
        return [was, self.held()[name]]


def known_copy(row: ComparedResource) -> KnownCopy:
    """Return what is known of Telnyx's copy of a record; unsaved if nothing was noted yet.

    Then what was sent last is settled, or, if that is unknown, what is here as long as nobody has edited it, or else
    what Telnyx holds.
    """
    kind = ContentType.objects.get_for_model(row)
    found = row._known().first()
    if found:
        return found
    held = row.digests(row.held())
    entry = row._received()
    sent = row.last_sent([entry] if entry else [])
    empty = row.digests({name: _empty(row, name) for name in row.compared})
    if sent is not None:
        settled = row.digests(sent)
    else:
        settled = empty | (row.digests(row._ours()) if row.version == 1 else held)
    return KnownCopy(
        resource_type=kind,
        resource_id=row.pk,
        held=empty | held,
        settled=settled,
        entry_id=entry.pk if entry else None,
    )


def _typed(row: models.Model, name: str, value: Any) -> Any:
    """Return a text field's value as text, whatever JSON Telnyx wrote."""
    return str(value) if _empty(row, name) == "" and not isinstance(value, str) else value


def _empty(row: models.Model, name: str) -> Any:
    return row._meta.get_field(name).get_default()  # type: ignore[union-attr]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
