"""The hosted order: the request to switch texting on for numbers whose voice stays where it is."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.mirror import pages
from messaging.mirror.models import TelnyxResource
from messaging.mirror.wire import Name, Wire
from messaging.models import MessagingProfile

from ..choices import ORDER_RANKS, OrderStatus, TransferState

ORDERS = "/messaging_hosted_number_orders"


def profile_id(profile: MessagingProfile | None) -> str | None:
    return profile.remote_id if profile else None


def profile_of(remote_id: Any) -> MessagingProfile | None:
    """Return the profile Telnyx names, when we know it."""
    if not isinstance(remote_id, str) or not remote_id:
        return None
    return MessagingProfile.objects.filter(remote_id=remote_id).first()


class HostedOrder(TelnyxResource):
    """One order at Telnyx, or the draft of one. Its numbers and documents are rows of their own."""

    Status = OrderStatus

    messaging_profile = models.ForeignKey(
        MessagingProfile,
        verbose_name=_("Messaging profile"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The numbers are put under it once they are live. Without one, Telnyx sends no events."),
    )
    note = models.TextField(
        _("Note"), max_length=500, blank=True, help_text=_("For us only; it is not sent to Telnyx.")
    )
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

    cancelled_reason = models.CharField(_("cancelled because"), max_length=500, blank=True, editable=False)
    # Set while a request to create it is unsettled: it is cancelled as soon as we know that it exists.
    cancel_wanted_at = models.DateTimeField(null=True, editable=False)
    cancel_wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    wire = Wire(
        ORDERS,
        pages=pages.data_pages,
        status="status",
        messaging_profile=Name("messaging_profile_id", dump=profile_id, load=profile_of),
    )
    operations = {}
    known_statuses = OrderStatus.values
    final_statuses = (
        OrderStatus.SUCCESSFUL,
        OrderStatus.FAILED,
        OrderStatus.INELIGIBLE_CARRIER,
        OrderStatus.DELETED,
    )
    status_ranks = ORDER_RANKS

    class Meta:
        verbose_name = _("hosted order")
        verbose_name_plural = _("hosted orders")
        ordering = ["-created_at"]
        permissions = [
            ("submit_hostedorder", _("Can submit hosted orders to Telnyx")),
            ("cancel_hostedorder", _("Can cancel hosted orders and remove hosted numbers at Telnyx")),
            ("override_eligibility", _("Can order numbers that Telnyx calls not eligible")),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="hostedorder_newest"),
            models.Index(
                fields=["next_poll_at"], name="hostedorder_poll", condition=Q(next_poll_at__isnull=False)
            ),
            models.Index(
                fields=["transfer_state"], name="hostedorder_transfer", condition=~Q(transfer_state="")
            ),
        ]

    def __str__(self) -> str:
        return self.note.strip().split("\n")[0][:80] or f"{_('Hosted order')} {str(self.pk)[:8]}"
