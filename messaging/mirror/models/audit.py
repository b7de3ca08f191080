"""What was changed, by whom, row by row, and the seals that show whether a row was tampered with.

Rows are written by the triggers of `audit/triggers.py` alone; nothing of ours inserts one. The functions are in
migration 0019.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One row of one table was added, changed or deleted.

    `before` and `after` hold the columns that changed. `content` is the digest of what may be erased later, salted, so
    that an erased number can't be guessed from it; `digest` is that of the rest with `content`, and stays.
    """

    class Action(models.TextChoices):
        """What happened to the row."""

        INSERT = "insert", _("Added")
        UPDATE = "update", _("Changed")
        DELETE = "delete", _("Deleted")

    at = models.DateTimeField(_("when"))
    label = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    action = models.CharField(_("what"), max_length=6, choices=Action)
    # No foreign key: the row outlives the account.
    user_id = models.IntegerField(null=True)
    actor = models.CharField(_("who"), max_length=150)
    # The name of the page's address, with ids alone.
    page = models.CharField(_("page"), max_length=200)
    request_id = models.CharField(max_length=32)
    # What changed it if no person did, and the event or request that made it do so.
    source = models.CharField(max_length=100)
    cause = models.CharField(max_length=100)
    # The transaction: the reason for a change is in the act on record (LogEntry) of the same one.
    xact = models.BigIntegerField()

    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    numbers = ArrayField(models.CharField(max_length=100), default=list)
    erased = ArrayField(models.CharField(max_length=100), default=list)
    salt = models.BinaryField()
    content = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        verbose_name = _("change on record")
        verbose_name_plural = _("changes on record")
        ordering = ["-at", "-id"]
        default_permissions = ("view",)
        permissions = [("export_auditentry", _("Can export changes on record"))]
        indexes = [
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(fields=["user_id", "at", "id"], name="audit_user"),
            models.Index(fields=["label", "key", "at", "id"], name="audit_record"),
            models.Index(fields=["xact"], name="audit_act", condition=models.Q(label="admin.logentry")),
            GinIndex(fields=["numbers"], name="audit_numbers", fastupdate=True),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.key} {self.action}"


class AuditSeal(models.Model):
    """One day (UTC) of the audit, sealed: its hash is over the digests of its rows and the seal before.

    `runs` are the ids of its rows, as pairs of first and last of each gapless run; `marks` are four bytes of each row's
    digest. They tell which row a broken seal is about. Of a day whose rows were deleted in time, the seal stays.
    """

    day = models.DateField(_("day"), primary_key=True)
    rows = models.PositiveBigIntegerField(_("rows"))
    first_id = models.BigIntegerField(null=True)
    last_id = models.BigIntegerField(null=True)
    runs = models.JSONField(default=list)
    marks = models.BinaryField()
    previous = models.BinaryField()
    sha256 = models.BinaryField()
    sealed_at = models.DateTimeField(_("sealed"))
    emptied_at = models.DateTimeField(_("rows deleted"), null=True)

    class Meta:
        verbose_name = _("sealed day of the audit")
        verbose_name_plural = _("sealed days of the audit")
        ordering = ["day"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
