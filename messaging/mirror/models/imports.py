"""What people import from Telnyx: of which kinds, how far a worker has come with each, and what it found."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..wording import when
from .fields import ClockedField


class AlreadyRunning(Exception):
    """Nothing was started: another import is running."""


class Import(models.Model):
    """One reading of what Telnyx holds, of some kinds. With `only_look`, nothing is written but what was found."""

    class State(models.TextChoices):
        """How far an import has come. Only one is open at any time."""

        OPEN = "open", _("In progress")
        DONE = "done", _("Finished")
        PARTLY = "partly", _("Not everything was read")
        STOPPED = "stopped", _("Stopped")

    id = models.BigAutoField(primary_key=True)
    only_look = models.BooleanField(default=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    requested_at = ClockedField(_("requested"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    # When a worker continues: later than now after Telnyx asked to slow down.
    next_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("import from Telnyx")
        verbose_name_plural = _("imports from Telnyx")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("import_from_telnyx", _("Can import from Telnyx"))]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="open"), name="one_import_at_once")
        ]

    def __str__(self) -> str:
        return when(self.requested_at)

    @classmethod
    def start(cls, labels: Sequence[str], *, only_look: bool, by: User) -> "Import":
        """Ask for one of these kinds, by the models' labels. Raise AlreadyRunning if one is under way."""
        try:
            with transaction.atomic():
                made = cls.objects.create(only_look=only_look, requested_by=by)
                ImportPart.objects.bulk_create(
                    ImportPart(of=made, place=place, kind=label) for place, label in enumerate(labels)
                )
        except IntegrityError:
            raise AlreadyRunning from None
        return made

    def stop(self) -> bool:
        """End it where it is; return False if it had ended. What was imported until now stays."""
        with transaction.atomic():
            mine = Import.objects.filter(pk=self.pk, state=self.State.OPEN)
            if not mine.update(state=self.State.STOPPED, finished_at=Now()):
                return False
            self.parts.exclude(state__in=ImportPart.ENDED).update(
                state=ImportPart.State.STOPPED, ids=[], made=[]
            )
        return True

    def is_open(self) -> bool:
        """Return True if a worker still has something to do for it."""
        return self.state == self.State.OPEN


class ImportPart(models.Model):
    """One kind of an import: how many were read, and what was found, with the first names of each sort."""

    class State(models.TextChoices):
        """How far one kind has come."""

        WAITING = "waiting", _("Waiting")
        LISTING = "listing", _("Reading")
        WRITING = "writing", _("Writing")
        DETAILS = "details", _("Reading each one in full")
        DONE = "done", _("Finished")
        FAILED = "failed", _("Not read to the end")
        STOPPED = "stopped", _("Stopped")

    class Problem(models.TextChoices):
        """Why a kind was not read, and what to do."""

        KEY = (
            "key",
            _("Telnyx refuses our API key or our account. An administrator checks both in Telnyx's portal."),
        )
        SLOW = "slow", _("Telnyx asked us to slow down. Wait a few minutes, then try again.")
        AWAY = (
            "away",
            _(
                "Telnyx can't be reached. Try again in a few minutes. If that doesn't help, tell an administrator."
            ),
        )
        SILENT = (
            "silent",
            _(
                "Telnyx gave no clear answer. Try again in a few minutes. If that doesn't help, tell an administrator."
            ),
        )
        MOVED = (
            "moved",
            _("The list at Telnyx kept changing while we read it. Try again when fewer people change it."),
        )
        REFUSED = (
            "refused",
            _("Telnyx refuses to show this list; our account may not have it. Tell an administrator."),
        )
        CUT = (
            "cut",
            _(
                "Our worker was interrupted several times. Try again. If that doesn't help, tell an administrator."
            ),
        )
        FAULT = "fault", _("Something went wrong in this desk. Tell an administrator.")

    ENDED = (State.DONE, State.FAILED, State.STOPPED)

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    place = models.PositiveSmallIntegerField()
    # The model, as Django labels it.
    kind = models.CharField(max_length=100)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(_("problem"), max_length=10, choices=Problem, blank=True)
    listed_at = models.DateTimeField(null=True)
    seen = models.PositiveIntegerField(_("read"), default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    missing = models.PositiveIntegerField(_("no longer listed"), default=0)
    # New ones that may be what a request of ours made, which is not clear yet.
    left = models.PositiveIntegerField(_("left for later"), default=0)
    # The first names of new, changed and missing ones, each with Telnyx's id.
    names = models.JSONField(_("names"), default=dict)
    # While it is under way: Telnyx's ids of the new ones, so that another try after an interruption counts them, too.
    made = models.JSONField(default=list)
    # Telnyx's ids of those that are read one by one, in this order, and how many of them were read, or couldn't be.
    ids = models.JSONField(default=list)
    to_read = models.PositiveIntegerField(default=0)
    in_full = models.PositiveIntegerField(default=0)
    unread = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("kind of an import")
        verbose_name_plural = _("kinds of an import")
        ordering = ["of", "place"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.kind

    def move(self, **values: Any) -> None:
        """Write how far it is. Raise Stopped if somebody stopped it, or another worker has moved it."""
        mine = ImportPart.objects.filter(pk=self.pk, state=self.state, tries=self.tries)
        if not mine.update(**values):
            raise Stopped
        for name, value in values.items():
            setattr(self, name, value)

    def has_ended(self) -> bool:
        """Return True if no worker does anything more for it."""
        return self.state in self.ENDED


class Stopped(Exception):
    """Somebody stopped the import."""
