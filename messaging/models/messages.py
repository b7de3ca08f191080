"""The message log: what was sent and received through the account, as reported by Telnyx."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Right
from django.utils.translation import gettext_lazy as _

from messaging.mirror.wording import Words, when
from messaging.validators import mask_number

from ..log.choices import FINAL_RANK, LEFT, RANKS, Direction, Status

# What people wrote; retention empties it long before it deletes the rest.
CONTENT = ("text", "subject", "media", "body")


def folded(name: str) -> Func:
    """Return a text without its accents, for the index that messaging.log.keyset asks: "Núñez" is found as "Nunez"."""
    apart = Func(F(name), function="normalize", template="%(function)s(%(expressions)s, NFD)")
    bare = Func(apart, Value(r"[\u0300-\u036f]"), Value(""), Value("g"), function="regexp_replace")
    whole = Func(bare, function="normalize", template="%(function)s(%(expressions)s, NFC)")
    # Unicode doesn't know these as letters with a mark.
    return Func(
        whole,
        Value("łŁđĐøØħĦı"),
        Value("lLdDoOhHi"),
        function="translate",
        output_field=models.TextField(),
    )


class Message(models.Model):
    """One message to or from one phone. Status is per recipient, so a group message has a row for each of them.

    Only `messaging.log.store` writes rows: the same facts, in any order and any number, always merge to the same row.
    """

    id = models.BigAutoField(primary_key=True)
    remote_id = models.UUIDField(_("Telnyx ID"))
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    type = models.CharField(_("type"), max_length=20, blank=True)
    # A number, a short code, an alphanumeric sender ID or an RCS agent.
    our_address = models.CharField(_("our side"), max_length=64, blank=True)
    their_address = models.CharField(_("their side"), max_length=64, blank=True)
    messaging_profile_id = models.UUIDField(_("messaging profile"), null=True)
    group_id = models.UUIDField(_("group message"), null=True)
    happened_at = models.DateTimeField(_("happened"))

    status = models.CharField(_("status at Telnyx"), max_length=40, blank=True)
    status_rank = models.SmallIntegerField(default=0)
    status_at = models.DateTimeField(_("status since"))
    status_event = models.CharField(max_length=80, blank=True)
    error_code = models.CharField(_("error code"), max_length=20, blank=True)
    errors = models.JSONField(_("errors"), default=list)

    text = models.TextField(_("text"), blank=True)
    subject = models.TextField(_("subject"), blank=True)
    media = models.JSONField(_("media"), default=list)
    body = models.JSONField(_("rich message content"), default=dict)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    parts = models.SmallIntegerField(_("parts"), null=True)
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=6, null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    cost_at = models.DateTimeField(null=True)
    their_carrier = models.CharField(_("their carrier"), max_length=100, blank=True)
    their_line_type = models.CharField(_("line type"), max_length=40, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    completed_at = models.DateTimeField(_("finalized"), null=True)
    autoresponse_type = models.CharField(_("auto-response type"), max_length=20, blank=True)

    # Every report of a status: "time|status|event id" to its source. A union, so order cannot matter.
    trail = models.JSONField(_("history"), default=dict)
    details = models.JSONField(_("everything else from Telnyx"), default=dict)
    details_at = models.DateTimeField()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-happened_at", "-id"]
        default_permissions = ("view",)
        permissions = [
            ("reveal_message", _("Can open the text and the full number of a message, on record")),
            ("reveal_conversation", _("Can open a whole conversation, on record")),
            ("export_message", _("Can export messages")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["remote_id", "their_address"], name="message_once_per_handset")
        ]
        # Each way to search the log walks an index in page order, newest first.
        indexes = [
            models.Index(fields=["-happened_at", "-id"], name="message_newest"),
            models.Index(fields=["their_address", "-happened_at", "-id"], name="message_theirs"),
            models.Index(fields=["our_address", "-happened_at", "-id"], name="message_ours"),
            models.Index(
                Right("their_address", 4), F("happened_at").desc(), F("id").desc(), name="message_last_four"
            ),
            models.Index(fields=["messaging_profile_id", "-happened_at", "-id"], name="message_profile"),
            models.Index(
                fields=["error_code", "-happened_at", "-id"],
                name="message_error",
                condition=~Q(error_code=""),
            ),
            models.Index(
                fields=["status", "-happened_at", "-id"],
                name="message_status",
                condition=~Q(status__in=[Status.DELIVERED, Status.RECEIVED, Status.WEBHOOK_DELIVERED]),
            ),
            models.Index(
                fields=["type", "-happened_at", "-id"], name="message_type", condition=~Q(type="SMS")
            ),
            models.Index(
                fields=["-happened_at", "-id"],
                name="message_campaign",
                condition=Q(details__has_key="tcr_campaign_registered")
                & ~Q(details__tcr_campaign_registered="REGISTERED"),
            ),
            models.Index(fields=["group_id"], name="message_group", condition=Q(group_id__isnull=False)),
            GinIndex(
                KeyTransform("group", "details"),
                name="message_in_copy",
                condition=Q(details__has_key="group"),
            ),
            GinIndex(SearchVector(folded("text"), config="simple"), name="message_plain_words"),
            # For retention: the rows that still hold content, by age.
            models.Index(
                fields=["happened_at"],
                name="message_content",
                condition=~Q(text="") | ~Q(subject="") | ~Q(media=[]) | ~Q(body={}),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction_words()} {mask_number(self.their_address)}"

    def direction_words(self) -> Words:
        """Return "Sent" only for what has left Telnyx: not for what waits, was canceled or was never sent."""
        if self.is_outbound() and self.status not in LEFT:
            return _("Outgoing")
        return Direction(self.direction).label

    def type_words(self) -> str:
        """Return the type as people write it."""
        return "WhatsApp" if self.type == "WHATSAPP" else self.type

    def is_outbound(self) -> bool:
        return self.direction == Direction.OUTBOUND

    def is_echo(self) -> bool:
        """Return True for what was written in the WhatsApp Business app: nobody awaits or explains its outcome."""
        return self.status == Status.ECHO

    def has_arrived(self) -> bool:
        """Return True if it arrived, whatever error was reported on the way."""
        return not self.is_outbound() or self.status in (Status.DELIVERED, Status.READ)

    def is_final(self) -> bool:
        return not self.is_outbound() or self.status_rank >= FINAL_RANK

    def fell_back(self) -> bool:
        """Return True if it was sent in place of an RCS message: it has the body of one but isn't one."""
        return self.is_outbound() and self.type in ("SMS", "MMS") and bool(self.body)

    def is_status_known(self) -> bool:
        return self.status in RANKS


class LinkClick(models.Model):
    """Someone opened a shortened link in a message. Telnyx gives clicks no id (docs/telnyx.md, T6.9)."""

    message_id = models.UUIDField(_("Telnyx ID of the message"))
    their_address = models.CharField(_("their side"), max_length=64, blank=True)
    url = models.TextField(_("address"))
    clicked_at = models.DateTimeField(_("clicked"))
    event_id = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name = _("link click")
        verbose_name_plural = _("link clicks")
        ordering = ["-clicked_at"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["message_id"], name="linkclick_message"),
            models.Index(fields=["clicked_at"], name="linkclick_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {when(self.clicked_at)}"
