"""What came of opening a web address that a request names."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LinkCheck(models.Model):
    """One address in one field of a request. Of what was opened only the judgement is kept, and a small picture.

    `due_at` is set while it is to be opened, and `opened_at` when a worker last started to.
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(
        "tollfree.VerificationRequest", models.CASCADE, related_name="links", verbose_name=_("request")
    )
    field = models.CharField(_("field"), max_length=40)
    address = models.TextField(_("address"))
    host = models.CharField(_("host"), max_length=255)
    due_at = models.DateTimeField(_("due"), null=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    checked_at = models.DateTimeField(_("checked"), null=True)
    # Codes of words.py, each with what its sentence names: [{"code": "moved", "domain": "example.com"}]
    findings = models.JSONField(_("findings"), default=list)
    thumbnail = models.BinaryField(_("thumbnail"), null=True)

    class Meta:
        verbose_name = _("check of a web address")
        verbose_name_plural = _("checks of web addresses")
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["request", "field", "address"], name="link_check_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="link_check_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["host", "opened_at"], name="link_check_host"),
        ]

    def __str__(self) -> str:
        return self.address
