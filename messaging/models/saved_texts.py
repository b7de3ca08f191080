"""Texts kept for reuse, with placeholders. Telnyx knows nothing about them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from messaging.mirror.models.fields import ClockedField

LONGEST_NAME, LONGEST_LANGUAGE = 100, 40


class SavedText(models.Model):
    """One text; `messaging/saved_texts/placeholders.py` says what its braces mean. It is put away, never deleted.

    A message holds a copy, so later changes don't affect it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=LONGEST_LANGUAGE, blank=True)
    is_in_use = models.BooleanField(_("in use"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = ClockedField(_("created"), auto_now_add=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("changed by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    changed_at = ClockedField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("saved text")
        verbose_name_plural = _("saved texts")
        ordering = ["name"]
        default_permissions = ("add", "change", "view")
        constraints = [models.UniqueConstraint(Lower("name"), name="one_savedtext_of_a_name")]

    def __str__(self) -> str:
        return self.name
