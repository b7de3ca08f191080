"""The hosted order: a request to turn texting on for numbers whose voice service stays where it is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from messaging.desk import stages
from messaging.desk.turns import OURS, Group, Turn
from messaging.mirror import clock
from messaging.mirror.masking import SHOWN_OF_ID, ends_with_id
from messaging.mirror.models import Fact, OutboxEntry, StatusChange, TelnyxResource
from messaging.mirror.outbound import outbox
from messaging.mirror.records import pages
from messaging.mirror.records.wire import Name, Wire
from messaging.models import Assigned, MessagingProfile
from messaging.telnyx.client import Client

from .. import operations
from ..choices import NUMBER_LOST, ORDER_ENDS, ORDER_RANKS, NumberStatus, OrderStatus, TransferState
from ..state import eligibility, problems, turn_rules, turns
from ..state.merge import (
    Told,
    counts_since,
    is_news,
    merge_numbers,
    newest,
    note_refused,
    note_sent,
    settle_live,
)
from .inventory import HostedNumber

# What an order without any other name is called.
UNNAMED = ends_with_id(_("Hosted order %(id)s"))
UNNAMED_AT_TELNYX = ends_with_id(_("Hosted order at Telnyx %(id)s"))
# How many numbers that went live are looked up each time the order is read.
LEARNT_AT_ONCE = 20
# Someone at Telnyx may still move a refused order, and a live one rarely loses numbers.
ENDED_INTERVAL = timedelta(hours=6)


def profile_id(profile: MessagingProfile | None) -> str | None:
    return profile.remote_id if profile else None


def profile_of(remote_id: Any) -> MessagingProfile | None:
    """Return the profile Telnyx names, if we know it."""
    if not isinstance(remote_id, str) or not remote_id:
        return None
    return MessagingProfile.objects.filter(remote_id=remote_id).first()


class HostedOrder(Assigned, TelnyxResource):
    """One order at Telnyx, or the draft of one. Its numbers and documents are separate rows."""

    Status = OrderStatus
    # What the turn is derived from, if a list has looked it up for all its rows (turns.with_standing).
    known_standing: turns.Standing | None = None

    messaging_profile = models.ForeignKey(
        MessagingProfile,
        verbose_name=_("Messaging profile"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Numbers are assigned to it once they are live. Without one, Telnyx sends no events."),
    )
    customer = models.CharField(
        _("Customer"), max_length=200, blank=True, help_text=_("For us only; not sent to Telnyx")
    )
    note = models.TextField(
        _("Note"), max_length=500, blank=True, help_text=_("For us only; not sent to Telnyx")
    )
    # Pasted lines that are not numbers of an order, until someone corrects them.
    left_out = models.TextField(_("lines left out"), blank=True, editable=False)
    kept_stage = stages.column()
    moved_from = models.ForeignKey(
        "self",
        verbose_name=_("moved from"),
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="moved_to",
    )

    transfer_state = models.CharField(
        _("transfer"), max_length=20, choices=TransferState, blank=True, default="", editable=False
    )
    transfer_at = models.DateTimeField(null=True, editable=False)
    transfer_deadline = models.DateTimeField(_("answer due"), null=True, editable=False)
    transfer_acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, editable=False)
    transfer_acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    # Everything Telnyx reported about the transfer, for the history; see state.merge.take_transfer.
    transfer_told = models.JSONField(default=list, editable=False)
    # When someone said that the numbers' lost 10DLC registrations are dealt with.
    campaigns_settled_at = models.DateTimeField(null=True, editable=False)

    check_again_at = models.DateTimeField(_("check again at"), null=True, editable=False)
    cancelled_reason = models.CharField(_("reason for canceling"), max_length=500, blank=True, editable=False)
    # Set while a request to create it is unsettled: it is canceled as soon as we know that it exists.
    cancel_wanted_at = models.DateTimeField(null=True, editable=False)
    cancel_wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    wire = Wire(
        operations.ORDERS,
        pages=pages.data_pages,
        status="status",
        messaging_profile=Name("messaging_profile_id", dump=profile_id, load=profile_of),
    )
    operations = operations.OF_ORDER
    known_statuses = OrderStatus.values
    final_statuses = (
        OrderStatus.SUCCESSFUL,
        OrderStatus.FAILED,
        OrderStatus.INELIGIBLE_CARRIER,
        OrderStatus.DELETED,
    )
    status_ranks = ORDER_RANKS
    is_looked_for = True
    import_permission = "hosted.add_hostedorder"

    class Meta:
        verbose_name = _("hosted order")
        verbose_name_plural = _("hosted orders")
        ordering = ["-created_at"]
        permissions = [
            ("submit_hostedorder", _("Can submit hosted orders to Telnyx")),
            ("cancel_hostedorder", _("Can cancel hosted orders at Telnyx")),
            ("approve_hostedorder", _("Can approve hosted orders of others")),
            ("override_eligibility", _("Can order numbers that Telnyx calls not eligible")),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="hostedorder_newest"),
            models.Index(
                fields=["next_poll_at"], name="hostedorder_poll", condition=Q(next_poll_at__isnull=False)
            ),
            *stages.indexes("hostedorder", turn_rules.names_of(*OURS), turn_rules.asked()),
            models.Index(
                fields=["-remote_status_at"],
                name="hostedorder_done",
                condition=Q(kept_stage__in=turn_rules.names_of(Group.DONE)),
            ),
            models.Index(
                fields=["transfer_state"], name="hostedorder_transfer", condition=~Q(transfer_state="")
            ),
        ]

    def __str__(self) -> str:
        note = self.note.strip().split("\n")[0][:80]
        name = self.customer[:80] or note
        if not name:
            return self.unnamed()
        return str(_("%(name)s (moved numbers)") % {"name": name}) if self.moved_from_id else name

    def unnamed(self) -> str:
        """Return what it is called if people may not read its note, or it has no name."""
        return str(UNNAMED) % {"id": str(self.pk)[:SHOWN_OF_ID]}

    @classmethod
    def name_in(cls, record: Mapping[str, Any]) -> str:
        return str(UNNAMED_AT_TELNYX) % {"id": cls.wire.remote_id(record)[:SHOWN_OF_ID]}

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.known_standing = None
        super().refresh_from_db(*args, **kwargs)

    def apply(
        self, record: Mapping[str, Any], *, source: str, as_of: datetime, facts: Sequence[Fact] | None = None
    ) -> None:
        """Store what Telnyx says about the order and, if the whole order was read, about all its numbers."""
        with transaction.atomic(savepoint=False):
            before = self.lock()
            note_sent(before)
            super().apply(record, source=source, as_of=as_of, facts=facts)
            if facts is None:
                is_newest = before.remote_as_of is None or as_of >= before.remote_as_of
                self._take_reading(record, source, as_of, is_newest)
            note_refused(self)
            self._cancel_if_wanted()
        self.refresh_from_db()

    def hear(self, status: str, numbers: Mapping[str, Told], at: datetime, source: str) -> None:
        """Take in facts from a webhook, without a full read: the status of the order and of some numbers."""
        with transaction.atomic():
            row = self.lock()
            told = [Fact(status, at)] if status else []
            row.apply(row.remote_data, source=source, as_of=row.remote_as_of or at, facts=told)
            HostedNumber.look_again(merge_numbers(row, numbers, at=at, source=source))
        self.refresh_from_db()

    def _take_reading(self, record: Mapping[str, Any], source: str, as_of: datetime, is_newest: bool) -> None:
        numbers = operations.told_numbers(record)
        if is_newest:
            self._follow_profile(record)
        is_list = isinstance(record.get("phone_numbers"), list)
        changed = merge_numbers(self, numbers, at=as_of, source=source, complete=is_newest and is_list)
        HostedNumber.look_again(changed)

    def _follow_profile(self, record: Mapping[str, Any]) -> None:
        profile = profile_of(record.get("messaging_profile_id"))
        if profile and profile.pk != self.messaging_profile_id:
            self.messaging_profile = profile
            self.save(update_fields=["messaging_profile"])

    def _cancel_if_wanted(self) -> None:
        """Cancel an order whose creation was still unsettled when someone asked to cancel it."""
        if self.cancel_wanted_at is None or self.remote_id is None or self.gone_at:
            return
        by, self.cancel_wanted_at = self.cancel_wanted_by, None
        self.save(update_fields=["cancel_wanted_at"])
        if self.remote_status != OrderStatus.DELETED and not self.is_under_way():
            outbox.add(self, "cancel", requested_by=by)

    def facts_in(self, record: Mapping[str, Any], as_of: datetime) -> list[Fact]:
        status = operations.text(record, self.wire.status)
        return [Fact(status, as_of)] if status and is_news(self, status) else []

    def _take_newest_fact(self, changes: Iterable[StatusChange]) -> None:
        told = list(changes)
        state = newest(told)
        if state is None:
            return
        self.remote_status, self.remote_reason = state.status, state.reason
        self.remote_status_at = counts_since(told)
        known = newest(change for change in told if change.status in self.known_statuses)
        self.known_status = known.status if known else ""

    def schedule_poll(self) -> None:
        super().schedule_poll()
        if self.next_poll_at and self.remote_status in ORDER_ENDS and not self._is_settling():
            self.next_poll_at = clock.now() + ENDED_INTERVAL

    def is_final(self) -> bool:
        return super().is_final() and not self._is_settling()

    def _is_settling(self) -> bool:
        """Return True if numbers of an ended order still change, or went live and are not in the inventory yet."""
        if self.remote_status == OrderStatus.DELETED:
            return False
        there = self.numbers.filter(gone_at=None)
        is_old = clock.now() - (self.remote_status_at or self.created_at) > timedelta(days=1)
        return not is_old and (
            there.exclude(status__in=[NumberStatus.SUCCESSFUL, *NUMBER_LOST]).exists()
            or bool(self._unlearnt())
        )

    def _unlearnt(self) -> list[str]:
        live = self.numbers.filter(status=NumberStatus.SUCCESSFUL, gone_at=None)
        return HostedNumber.unknown_of(live.values_list("phone_number", flat=True))

    def fetch(self, client: Client) -> tuple[dict[str, Any], Sequence[Fact] | None]:
        """Read the order from Telnyx, and the settings of numbers that went live with it: they join the inventory."""
        found = super().fetch(client)
        HostedNumber.learn(client, self._unlearnt()[:LEARNT_AT_ONCE])
        return found

    def gone(self, at: datetime) -> None:
        with transaction.atomic():
            super().gone(at)
            numbers = list(self.numbers.all())
            settle_live(self, numbers)
            HostedNumber.look_again(number.phone_number for number in numbers)

    def turn(self) -> Turn:
        """Return whose turn it is, our side first."""
        return turns.turn(self)

    def turn_since(self) -> datetime:
        """Return when this turn started."""
        return turns.since(self)

    def due_at(self) -> datetime | None:
        """Return when this turn's clock runs out, or None if it has none."""
        return turns.due_at(self)

    def problems(self) -> list[problems.Problem]:
        """Return everything that blocks submitting; the page and the button read this."""
        return problems.find(self, eligibility.newest_check(self))

    def is_editable(self) -> bool:
        """Return True if numbers and profile may still change: until Telnyx has the order or is about to get it."""
        return self.remote_id is None and not self.is_under_way() and self.gone_at is None

    def can_delete_draft(self) -> bool:
        """Return True if the row may be deleted: nothing of it was sent, and no answer of a check is on its way.

        Once a worker has claimed an order, it stays as the record of what was sent.
        """
        if not self.is_editable() or self.waits_for_approval():
            return False
        checks = Q(operation="check_eligibility", state__in=OutboxEntry.ENDED)
        return not outbox.entries(self).exclude(checks | OutboxEntry.TAKEN_BACK).exists()

    def is_open_at_telnyx(self) -> bool:
        """Return True if Telnyx has the order and is still working on it or waiting for us."""
        return self.remote_id is not None and not self.gone_at and self.remote_status not in ORDER_ENDS

    def can_cancel(self) -> bool:
        """Return True if canceling makes sense: at Telnyx until it is gone, and while its creation is unsettled."""
        if self.gone_at or self.remote_status == OrderStatus.DELETED or self.cancel_wanted_at:
            return False
        if self.remote_id is None:
            return self.is_under_way()
        return not self.is_under_way()

    def can_be_taken_back(self) -> bool:
        """Return True if it is queued for Telnyx and none of it can be there."""
        entry = self.open_entry("create")
        return entry is not None and entry.state in (OutboxEntry.State.QUEUED, OutboxEntry.State.BLOCKED)

    def can_be_checked_again(self) -> bool:
        """Return True if a reminder makes sense: the carrier cannot host now, and no reminder is set yet."""
        return self.remote_status == OrderStatus.INELIGIBLE_CARRIER and self.check_again_at is None

    def is_to_be_checked_again(self) -> bool:
        return self.check_again_at is not None and self.check_again_at <= clock.now()

    def edited(self) -> None:
        """Make a new version, since what would go out was changed: a question about the one before waits no longer."""
        type(self)._base_manager.filter(pk=self.pk).update(version=F("version") + 1)
        self.refresh_from_db(fields=["version"])

    def open_entry(self, operation: str) -> OutboxEntry | None:
        """Return the promise of this operation that is not settled yet."""
        return outbox.entries(self).filter(operation=operation).exclude(state__in=OutboxEntry.ENDED).first()
