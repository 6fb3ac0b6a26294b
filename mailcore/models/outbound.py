"""The queue, in rows: OutboundMessage, OutboundRecipient, OutboundAttempt. Celery only executes it.

Times are whole seconds since 1970. The rows belong to the account that sent the message, 0 for mail that none of our
users sent (passed on by a gateway or an alias, and our own reports), but a queue is asked across accounts: by
destination, by time.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mailcore.models.row_id import RowId

NOBODY = 0


class OutboundMessage(models.Model):
    """A message on its way out: the envelope sender and the octets (`prefix` + blob `digest`)."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    prefix = models.BinaryField(default=b"")
    size = models.BigIntegerField()  # prefix and blob
    sender = models.CharField(max_length=320, blank=True)  # '' is the null reverse-path
    sign_as = models.CharField(max_length=253, blank=True)  # the domain that vouches for it; '': none does
    needs_smtputf8 = models.BooleanField(default=False)
    envid = models.CharField(max_length=100, blank=True)  # RFC 3461 §4.4, decoded
    ret = models.CharField(max_length=4, blank=True)  # RFC 3461 §4.3: FULL, HDRS or ''
    created = models.BigIntegerField()
    hold_until = models.BigIntegerField(default=0)  # undo and "send later"; 0: go at once

    class Meta:
        ordering = ["-id"]
        indexes = [
            # For the blob collector alone.
            models.Index(fields=["digest"], name="outbound_digest"),
            models.Index(fields=["created"], name="outbound_created"),
        ]

    def __str__(self) -> str:
        return f"{self.id} from <{self.sender}>"


class OutboundRecipient(models.Model):
    """One recipient of one outbound message: where it stands, when it is tried next, and who holds it now."""

    class State(models.TextChoices):
        QUEUED = "queued"  # waits until next_attempt
        SENDING = "sending"  # a worker has it until lease_until
        HELD = "held"  # an admin stopped it, or it brought down its worker
        DELIVERED = "delivered"
        FAILED = "failed"
        DROPPED = "dropped"  # an admin threw it away, or its author took it back

    class Owed(models.TextChoices):
        """The report that its sender has a right to and has not got yet (RFC 3461 §4.1)."""

        NOTHING = ""
        FAILED = "failed"
        DELAYED = "delayed"
        RELAYED = "relayed"
        DELIVERED = "delivered"

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    outbound = models.ForeignKey(
        OutboundMessage, on_delete=models.CASCADE, db_constraint=False, related_name="recipients"
    )
    address = models.CharField(max_length=320)
    domain = models.CharField(max_length=253)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    crashes = models.IntegerField(default=0)  # leases that ran out without a record
    next_attempt = models.BigIntegerField()
    lease = models.BigIntegerField(default=0)  # which claim holds it
    lease_until = models.BigIntegerField(default=0)
    finished = models.BigIntegerField(default=0)
    last_reply = models.TextField(blank=True)
    reply_from = models.CharField(max_length=253, blank=True, default="")  # the host that said it; '': we did
    notify = models.CharField(max_length=32, blank=True)  # RFC 3461 §4.1
    orcpt = models.CharField(max_length=500, blank=True)  # RFC 3461 §4.2
    is_warned = models.BooleanField(default=False)
    owed = models.CharField(max_length=12, choices=Owed.choices, blank=True, default="")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["domain", "next_attempt"], condition=Q(state="queued"), name="recipient_queued"
            ),
            models.Index(fields=["next_attempt"], condition=Q(state="queued"), name="recipient_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="recipient_leased"),
            models.Index(fields=["outbound"], condition=~Q(owed=""), name="recipient_owed"),
        ]

    def __str__(self) -> str:
        return f"<{self.address}> {self.state}"


class OutboundAttempt(models.Model):
    """One conversation with one next hop about one message: what was said, bodies and passwords left out."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    outbound = models.ForeignKey(
        OutboundMessage, on_delete=models.CASCADE, db_constraint=False, related_name="tries"
    )
    happened = models.BigIntegerField()
    target = models.CharField(max_length=320, blank=True)
    tls = models.CharField(max_length=80, blank=True)
    transcript = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.outbound_id} at {self.target}"
