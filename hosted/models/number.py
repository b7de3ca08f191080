"""One phone number in one hosted order."""

import uuid

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models import StatusChange
from messaging.validators import display_number

from ..choices import NUMBER_FAILURES, NUMBER_LOST, NUMBER_RANKS, UNPROVEN, CodeMethod, NumberStatus
from .order import HostedOrder


class OrderNumber(models.Model):
    """A number, the result of its eligibility check, its proof of ownership, and its status at Telnyx.

    Ownership codes are never stored, here or anywhere else. Only `state.merge` writes `status`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(HostedOrder, on_delete=models.CASCADE, related_name="numbers")
    phone_number = models.CharField(_("phone number"), max_length=20)
    typed = models.CharField(_("as typed"), max_length=100, blank=True)
    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("What stood beside the number; not sent to Telnyx")
    )
    live = models.BooleanField(
        _("held by this order"),
        default=False,
        editable=False,
        help_text=_("From submission until the order or the number fails or is canceled"),
    )

    remote_number_id = models.CharField(_("Telnyx ID"), max_length=100, blank=True, editable=False)
    status = models.CharField(_("status at Telnyx"), max_length=200, blank=True, editable=False)
    status_at = models.DateTimeField(_("status since"), null=True, editable=False)
    # The time of the latest report, which may have repeated the status.
    status_as_of = models.DateTimeField(null=True, editable=False)
    gone_at = models.DateTimeField(_("no longer in the order since"), null=True, editable=False)
    owned_at = models.DateTimeField(_("ownership proven"), null=True, editable=False)

    eligibility = models.CharField(_("eligibility"), max_length=200, blank=True, editable=False)
    eligible = models.BooleanField(null=True, editable=False)
    eligibility_detail = models.TextField(_("in Telnyx's words"), blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    override_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    override_reason = models.TextField(_("reason for ordering anyway"), blank=True, editable=False)
    override_at = models.DateTimeField(null=True, editable=False)

    code_method = models.CharField(
        _("code sent by"), max_length=10, choices=CodeMethod, blank=True, editable=False
    )
    code_sent_at = models.DateTimeField(_("code sent"), null=True, editable=False)
    code_error = models.CharField(_("why the code was not sent"), max_length=500, blank=True, editable=False)
    code_result = models.CharField(_("code result"), max_length=100, blank=True, editable=False)
    code_checked_at = models.DateTimeField(null=True, editable=False)
    codes_sent = models.PositiveSmallIntegerField(_("codes requested"), default=0, editable=False)

    class Meta:
        verbose_name = _("number in an order")
        verbose_name_plural = _("numbers in orders")
        ordering = ["phone_number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "phone_number"], name="number_once_per_order"),
            models.UniqueConstraint(
                fields=["phone_number"], condition=Q(live=True), name="one_live_order_per_number"
            ),
        ]
        indexes = [
            models.Index(fields=["phone_number"], name="ordernumber_number"),
            # What the rules in `hosted.state.turn_rules` ask about every order in a list.
            models.Index(
                fields=["order"], name="ordernumber_failed", condition=Q(status__in=NUMBER_FAILURES)
            ),
            models.Index(
                fields=["order"],
                name="ordernumber_unproven",
                condition=Q(status__in=UNPROVEN, owned_at=None, gone_at=None),
            ),
        ]

    def __str__(self) -> str:
        return display_number(self.phone_number)

    def history(self) -> "models.QuerySet[StatusChange]":
        """Return what was reported about this number, newest first."""
        kind = ContentType.objects.get_for_model(OrderNumber)
        return StatusChange.objects.filter(resource_type=kind, resource_id=self.pk)

    def status_words(self) -> str:
        """Return Telnyx's status in our words; one we don't know as it came."""
        return str(dict(NumberStatus.choices).get(self.status, self.status))

    def is_in_order(self) -> bool:
        return self.gone_at is None and self.status != NumberStatus.DELETED

    def is_owned(self) -> bool:
        """Return True if ownership is proven; any later step in Telnyx's process proves it too."""
        return self.owned_at is not None or self.status in (
            NumberStatus.OWNERSHIP_SUCCESSFUL,
            NumberStatus.PROVISIONING,
            NumberStatus.SUCCESSFUL,
        )

    def has_failed(self) -> bool:
        return self.status in NUMBER_LOST and self.status != NumberStatus.DELETED

    def is_status_known(self) -> bool:
        return self.status == "" or self.status in NUMBER_RANKS

    def is_overridden(self) -> bool:
        return self.override_at is not None
