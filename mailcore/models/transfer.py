"""Transfer: mail on its way into an account, from a file or from another server. TransferFolder: how far it came."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Transfer(models.Model):
    """One import. Everything needed to go on after a restart is in the row.

    `secret` is the sealed password of the other server, for as long as the transfer runs and not longer. A worker
    that takes it holds a lease until `leased_until`; whoever comes after that takes it up. Before it runs (again),
    `leased_until` is the earliest moment to begin.
    """

    class Kind(models.TextChoices):
        FILE = "file"
        IMAP = "imap"

    class State(models.TextChoices):
        UPLOADING = "uploading"
        CHOOSING = "choosing"  # which folders of the other server
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    kind = models.CharField(max_length=4, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices)
    name = models.CharField(max_length=320)  # of the file, or user@host
    options = models.JSONField(default=dict)
    secret = models.TextField(blank=True)
    size = models.BigIntegerField(default=0)  # of the file
    received = models.BigIntegerField(default=0)  # octets of the file that are here
    read = models.BigIntegerField(default=0)  # octets of the file whose messages are done
    total = models.BigIntegerField(default=0)  # messages, as far as is known
    taken = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0)  # left out: they were here already
    refused = models.BigIntegerField(default=0)  # too big, or beyond reading
    people = models.BigIntegerField(default=0)  # contacts that came along
    tries = models.IntegerField(default=0)  # in a row without a message
    problem = models.CharField(max_length=20, blank=True)  # why it failed, in one word
    created = models.BigIntegerField()
    updated = models.BigIntegerField()
    leased_until = models.BigIntegerField(default=0)
    lease = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "created"], name="transfer_list"),
            models.Index(
                fields=["leased_until"],
                name="transfer_due",
                condition=models.Q(state__in=["waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class TransferFolder(models.Model):
    """A mailbox of the other server, and the last UID of it that is here."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    source = models.CharField(
        max_length=320
    )  # user@host: a later transfer goes on where an earlier one ended
    name = models.CharField(max_length=1000)
    uidvalidity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "source", "name"], name="transfer_folder")
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.source}"
