"""An order's documents, which prove whose lines the numbers are. Their bytes are in encrypted files, never in rows."""

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging import files
from messaging.mirror.models import OutboxEntry
from messaging.mirror.models.fields import ClockedField
from messaging.mirror.wording import Words, when

from ..choices import DocumentKind, LookAction
from .order import HostedOrder


@files.owner
class Document(models.Model):
    """One version of one document. A row never changes to another file: a new upload is a new version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey(HostedOrder, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind"), max_length=10, choices=DocumentKind)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    # None after retention has deleted the file.
    file_id = models.UUIDField(unique=True, null=True, default=uuid.uuid4, editable=False)
    # What the person who uploaded it should look at; known only right after the upload.
    doubts: Sequence[Words] = ()

    display_name = models.CharField(_("file name"), max_length=255, blank=True)
    sent_name = models.CharField(_("sent as"), max_length=100, blank=True)
    size = models.PositiveIntegerField(_("bytes"))
    pages = models.PositiveSmallIntegerField(_("pages"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    uploaded_at = ClockedField(_("uploaded"), auto_now_add=True)
    replaced_by = models.ForeignKey(
        "self", verbose_name=_("replaced by"), null=True, on_delete=models.SET_NULL, related_name="replaces"
    )

    # The promise that carries it to Telnyx.
    promise = models.ForeignKey(
        OutboxEntry, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    sent_at = models.DateTimeField(_("sent to Telnyx"), null=True, editable=False)
    refused_at = models.DateTimeField(_("refused by Telnyx"), null=True, editable=False)
    refused_reason = models.CharField(_("reason for refusal"), max_length=200, blank=True, editable=False)

    signed_on = models.DateField(_("signature date"), null=True, blank=True)
    bill_date = models.DateField(_("bill date"), null=True, blank=True)
    checklist = models.JSONField(_("checklist"), default=dict, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("checked by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    checked_at = models.DateTimeField(_("checked"), null=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["kind", "-version"]
        default_permissions = ("view",)
        permissions = [
            ("upload_document", _("Can upload and send documents of hosted orders")),
            ("download_document", _("Can open and download documents of hosted orders")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "kind", "version"], name="document_version_once"),
        ]
        indexes = [
            # What the rules in `hosted.state.turn_rules` ask about every order in a list: does Telnyx have it?
            models.Index(
                fields=["kind", "order"],
                name="document_held",
                condition=Q(replaced_by=None, sent_at__isnull=False, refused_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"

    def is_forgotten(self) -> bool:
        """Return True if retention has deleted the file."""
        return self.file_id is None

    def is_current(self) -> bool:
        return self.replaced_by_id is None

    def is_on_its_way(self) -> bool:
        """Return True while the request that carries it is open."""
        return self.sent_at is None and self.promise is not None and self.promise.is_open()

    def is_with_telnyx(self) -> bool:
        """Return True if Telnyx has it and has not refused it."""
        return self.sent_at is not None and self.refused_at is None


class DocumentLook(models.Model):
    """Who did what with a document. Rows are only added, never changed."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="looks")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = ClockedField(_("at"), auto_now_add=True)
    action = models.CharField(_("action"), max_length=10, choices=LookAction)

    class Meta:
        verbose_name = _("document view")
        verbose_name_plural = _("document views")
        ordering = ["-at", "-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.get_action_display()} {when(self.at)}"
