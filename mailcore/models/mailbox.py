"""Mailbox: a named, ordered collection of entries (RFC 9051 §2.3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mailcore.models.row_id import RowId

INBOX = "INBOX"
SEPARATOR = "/"

SENT = "\\Sent"
DRAFTS = "\\Drafts"
TRASH = "\\Trash"
JUNK = "\\Junk"
ARCHIVE = "\\Archive"
# Attributes of draft-ietf-mailmaint-messageflag-mailboxattribute, registered with IANA.
SNOOZED = "\\Snoozed"
SCHEDULED = "\\Scheduled"


class Mailbox(models.Model):
    """Its counters are columns, changed in the transaction that changes what they count.

    `highest_modseq` is that of its newest change. A deleted mailbox stays as a row with `deleted_modseq`, so that
    clients which come back can be told; its name is free again at once. UIDs from `recent_from` on have not been
    shown to any session yet (\\Recent, RFC 3501 §2.3.2).
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=1000)
    uidvalidity = models.BigIntegerField()
    uidnext = models.BigIntegerField(default=1)
    recent_from = models.BigIntegerField(default=1)
    highest_modseq = models.BigIntegerField(default=1)
    total = models.BigIntegerField(default=0)
    unseen = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    is_subscribed = models.BooleanField(default=True)
    special_use = models.CharField(max_length=32, blank=True, default="")  # RFC 6154; one attribute
    created_modseq = models.BigIntegerField(default=1)
    deleted_modseq = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "name"], condition=Q(deleted_modseq__isnull=True), name="mailbox_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
