"""Who works on what: the person a record is with, and notes about it."""

from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.mirror import clock
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
    # They are deleted along with it.
    notes = GenericRelation(
        "messaging.Note", content_type_field="resource_type", object_id_field="resource_id"
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        author = getattr(self, "created_by_id", None)
        if self._state.adding and author and not self.assigned_to_id:
            self.assigned_to_id, self.assigned_at = author, clock.now()
        super().save(*args, **kwargs)


class OfARecord(models.Model):
    """A row about a record of any kind."""

    resource_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    resource_id = models.UUIDField()

    class Meta:
        abstract = True


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
