"""OutboundMessage and OutboundRecipient: the queue, in rows. Celery only executes it."""

from __future__ import annotations

from django.db import models


class OutboundMessage(models.Model):
    """A message on its way out: the envelope sender and the octets (`prefix` + blob `digest`)."""

    id = models.BigIntegerField(primary_key=True)
    account_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    prefix = models.BinaryField(default=b"")
    size = models.BigIntegerField()
    sender = models.CharField(max_length=320, blank=True)  # '' is the null reverse-path
    subject = models.TextField(blank=True)  # for people who look at the queue, never logged
    message_id = models.CharField(max_length=998, blank=True)
    needs_smtputf8 = models.BooleanField(default=False)
    is_8bit = models.BooleanField(default=False)
    envid = models.CharField(max_length=100, blank=True)  # RFC 3461 §4.4
    ret = models.CharField(max_length=4, blank=True)  # RFC 3461 §4.3
    created = models.BigIntegerField()  # seconds since 1970
    hold_until = models.BigIntegerField(default=0)  # seconds since 1970; 0: go at once

    class Meta:
        indexes = [models.Index(fields=["digest"], name="outbound_digest")]

    def __str__(self) -> str:
        return f"{self.id} from <{self.sender}>"


class OutboundRecipient(models.Model):
    """One recipient of one outbound message: state, next attempt, lease, last reply, history."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        HELD = "held"
        DELIVERED = "delivered"
        FAILED = "failed"
        DROPPED = "dropped"

    id = models.BigIntegerField(primary_key=True)
    account_id = models.BigIntegerField()
    outbound = models.ForeignKey(
        OutboundMessage, on_delete=models.CASCADE, db_constraint=False, related_name="recipients"
    )
    address = models.CharField(max_length=320)
    domain = models.CharField(max_length=253)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    next_attempt = models.BigIntegerField()  # seconds since 1970
    lease_until = models.BigIntegerField(default=0)
    last_reply = models.TextField(blank=True)
    notify = models.CharField(max_length=32, blank=True)  # RFC 3461 §4.1
    orcpt = models.CharField(max_length=500, blank=True)  # RFC 3461 §4.2
    history = models.JSONField(default=list, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "next_attempt", "domain"], name="recipient_due")]

    def __str__(self) -> str:
        return f"<{self.address}> {self.state}"
