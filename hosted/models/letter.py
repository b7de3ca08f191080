"""What was typed for a letter of authorization, so that the next letter starts with it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .order import HostedOrder


class LetterDetails(models.Model):
    """The account holder, the signer and the account of an order's letter. Sealed, like the letter itself."""

    order = models.OneToOneField(HostedOrder, on_delete=models.CASCADE, related_name="letter_details")
    sealed = models.BinaryField()
    typed_at = models.DateTimeField(_("typed"))
    typed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("details of a letter")
        verbose_name_plural = _("details of letters")
        ordering = ["-typed_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.order)
