"""The log: streams of events in the order of their commits, and who still has to take notice of them."""

from typing import Any

from django.db import models
from django.db.models import F, Q


class StreamType(models.TextChoices):
    """What a stream tells about."""

    JOB = "job"
    ORDER = "order"
    ORGANIZATION = "organization"


class Stream(models.Model):
    """Gives `seq` and holds the counters of progress; its row is locked last, by the commit itself."""

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=16, choices=StreamType)
    subject_id = models.UUIDField()
    seq = models.PositiveBigIntegerField(default=0, help_text="of the latest event")
    counters = models.JSONField[dict[str, int], dict[str, int]](default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "subject_id"], name="stream_once"),
            models.CheckConstraint(condition=Q(type__in=StreamType.values), name="stream_type_known"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"


class Event(models.Model):
    """A fact. Inserted by the transaction that makes it true; a deferred trigger numbers it at commit."""

    id = models.BigAutoField(primary_key=True)
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField(null=True, help_text="1, 2, 3 ... within the stream, in commit order")
    type = models.CharField(max_length=64)
    data = models.JSONField[dict[str, Any], dict[str, Any]]()
    deltas = models.JSONField[dict[str, int], dict[str, int]](default=dict, help_text="added to the stream's counters")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_seq_once")]

    def __str__(self) -> str:
        return f"{self.type} {self.seq}"


class Delivery(models.Model):
    """One consumer's duty to take notice of one event; done in the transaction of its effect."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="+")
    consumer = models.CharField(max_length=64)
    due_at = models.DateTimeField(help_text="not to be sent (again) before")
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["event", "consumer"], name="delivery_once")]
        indexes = [
            models.Index(F("due_at"), name="delivery_due", condition=Q(done_at__isnull=True)),
            models.Index(F("stream"), name="delivery_pending", condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} of {self.event_id}"
