"""Who works on what: the person a record is with, and notes about it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
from messaging.mirror.models import OutboxEntry
from messaging.mirror.models.fields import ClockedField
from messaging.mirror.wording import when


class Assigned(models.Model):
    """A record that is one person's work, or nobody's yet. What someone starts is theirs until a person changes it.

    For models with a `created_by`; `messaging.team.assign` is the one writer after that.
    """

    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("with"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    assigned_at = models.DateTimeField(_("with that person since"), null=True, editable=False)
    # The version that waits for a colleague's approval. An edit makes another version, which waits for nothing.
    asked_version = models.PositiveIntegerField(null=True, editable=False)
    # They are deleted along with it.
    notes = GenericRelation(
        "messaging.Note", content_type_field="resource_type", object_id_field="resource_id"
    )
    approvals = GenericRelation(
        "messaging.Approval", content_type_field="resource_type", object_id_field="resource_id"
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        author = getattr(self, "created_by_id", None)
        if self._state.adding and author and not self.assigned_to_id:
            self.assigned_to_id, self.assigned_at = author, clock.now()
        super().save(*args, **kwargs)

    def waits_for_approval(self) -> bool:
        """Return True if what is here now may go to Telnyx only once a colleague approves it."""
        return self.asked_version is not None and self.asked_version == getattr(self, "version", None)


# The filter for it.
WAITS_FOR_APPROVAL = Q(asked_version=F("version"))


class OfARecord(models.Model):
    """A row about a record of any kind."""

    resource_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    resource_id = models.UUIDField()

    class Meta:
        abstract = True

    @classmethod
    def exist_for(cls, model: type[models.Model]) -> Q:
        """Return the filter for records that have such rows: for the retention."""
        # Not through ContentType.objects: rules are made before the tables are there.
        label = {
            "resource_type__app_label": model._meta.app_label,
            "resource_type__model": model._meta.model_name,
        }
        rows = cls._default_manager.filter(resource_id=OuterRef("pk"), **label)
        return Q(Exists(rows.order_by()))

    @classmethod
    def forget_for(cls, model: type[models.Model], ids: Iterable[Any]) -> None:
        """Delete the rows about these records: for the retention, once it has emptied the records themselves."""
        kind = ContentType.objects.get_for_model(model)
        cls._default_manager.filter(resource_type=kind, resource_id__in=list(ids)).delete()


class Note(OfARecord):
    """What a colleague wants the others to know about a record. Not part of its history."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("author"),
    )
    text = models.TextField(_("text"))
    created_at = ClockedField(_("written"), auto_now_add=True)
    edited_at = models.DateTimeField(_("edited"), null=True)
    struck_at = models.DateTimeField(_("struck out"), null=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        default_permissions = ("add",)
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["resource_id", "-created_at"], name="note_of_record")]

    def __str__(self) -> str:
        return when(self.created_at)


class Mention(models.Model):
    """Somebody named in a note, until they open the record or dismiss it."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "note"], name="one_mention")]
        indexes = [
            models.Index(fields=["user", "-note"], name="mention_open", condition=Q(opened_at__isnull=True))
        ]

    def __str__(self) -> str:
        return str(self.note_id)


class Approval(OfARecord):
    """What one person wants to send to Telnyx, and what a colleague decided about it.

    It is about one version of the record: `messaging.team.approvals` is the one writer.
    """

    class Decision(models.TextChoices):
        OPEN = "", _("Waiting")
        APPROVED = "approved", _("Approved")
        SENT_BACK = "sent_back", _("Sent back")
        # The person who asked, or a colleague, took the question back, or edited the record and asked again.
        TAKEN_BACK = "taken_back", _("Taken back")

    operation = models.CharField(_("request"), max_length=50)
    version = models.PositiveIntegerField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("asked by"),
    )
    asked_at = ClockedField(_("asked"), auto_now_add=True)
    # What the person confirmed when they asked, as the app reads it; nothing that may not be shown to an approver.
    given = models.JSONField(default=dict)
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, default=Decision.OPEN, blank=True
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    words = models.TextField(_("why it was sent back"), blank=True)
    entry = models.OneToOneField(OutboxEntry, null=True, on_delete=models.SET_NULL, related_name="approval")

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        default_permissions = ()
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["resource_id", "-asked_at"], name="approval_of_record")]
        constraints = [
            models.UniqueConstraint(
                fields=["resource_id", "resource_type"], name="one_open_approval", condition=Q(decision="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.operation} {when(self.asked_at)}"


class Editing(OfARecord):
    """Who has the form of a record open. It counts for about a minute after the page last said so."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("form being edited")
        verbose_name_plural = _("forms being edited")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["resource_id", "resource_type", "user"], name="one_open_form")
        ]

    def __str__(self) -> str:
        return str(self.resource_id)
