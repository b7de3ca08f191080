"""Small rows that all processes share: the pace of an endpoint, the account's breaker, signs of life, counts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .fields import ClockedField


class Pace(models.Model):
    """How fast one endpoint may be called; Telnyx's 429 sets `paused_until`."""

    endpoint = models.CharField(primary_key=True, max_length=200)
    next_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.endpoint


class Gate(models.Model):
    """Closed while Telnyx refuses the account's key: nothing is sent except a probe."""

    ACCOUNT = "account"

    name = models.CharField(primary_key=True, max_length=20)
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    probe_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        state = _("closed") if self.closed_at else _("open")
        return f"{self.name}: {state}"


class Heartbeat(models.Model):
    """When a kind of process last worked, Telnyx last answered, and everything was last listed there."""

    WORKER, BEAT = "worker", "beat"
    # When Telnyx last did what a request of ours asked.
    TELNYX_ANSWERED = "telnyx_answered"
    # A list of everything at Telnyx: when a person asked for one, when one started, when one finished.
    PULL_ASKED, PULL_BEGUN, PULLED = "pull_asked", "pull_begun", "pulled"
    # When beat last looked for parts of the desk that fail.
    LOOKED = "looked"

    name = models.CharField(primary_key=True, max_length=20)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ClockReading(models.Model):
    """How many seconds a clock was ahead of PostgreSQL's: a process's on one host, or Telnyx's.

    Clocks get set while a request is under way, so the lowest reading of the last few days is kept with the newest.
    """

    name = models.CharField(primary_key=True, max_length=120)
    ahead = models.FloatField()
    read_at = models.DateTimeField()
    lowest = models.FloatField(db_default=0.0)
    lowest_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class DrainRound(models.Model):
    """Events that one process is working on. If the process is gone, its row says which may have killed it."""

    id = models.AutoField(primary_key=True)
    event_ids = ArrayField(models.BigIntegerField())
    worker = models.CharField(max_length=120)
    started_at = ClockedField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.worker} {len(self.event_ids)}"


class Tally(models.Model):
    """How often something happened, in all processes together, for `/metrics`. It only grows."""

    name = models.CharField(max_length=60)
    # The values of its labels, as a JSON list of texts.
    labels = models.CharField(max_length=400)
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="one_tally_each")]

    def __str__(self) -> str:
        return f"{self.name} {self.labels}"
