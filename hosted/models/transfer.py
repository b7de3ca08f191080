"""The times at which people are alerted that a transfer from another Telnyx account is waiting for an answer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..choices import Rung
from .order import HostedOrder


class TransferAlert(models.Model):
    """One step of the ladder of alerts: shown from `due_at` until the transfer is acknowledged or decided."""

    order = models.ForeignKey(HostedOrder, on_delete=models.CASCADE, related_name="alerts")
    rung = models.CharField(_("step"), max_length=10, choices=Rung)
    due_at = models.DateTimeField(_("from"))

    class Meta:
        verbose_name = _("transfer alert")
        verbose_name_plural = _("transfer alerts")
        ordering = ["due_at"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["order", "rung"], name="one_alert_per_rung")]
        indexes = [models.Index(fields=["due_at"], name="transferalert_due")]

    def __str__(self) -> str:
        return self.get_rung_display()
