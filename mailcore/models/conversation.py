"""Conversation: what the browser shows as one line. Anchor: a Message-ID that leads to it."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Conversation(models.Model):
    """Messages that answer one another. `latest` is the newest INTERNALDATE in it, seconds since 1970."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    subject_key = models.BigIntegerField()  # hash of the base subject (RFC 5256 §2.1)
    latest = models.BigIntegerField()
    subject = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["account_id", "subject_key", "latest"], name="conversation_subject")]

    def __str__(self) -> str:
        return self.subject


class Anchor(models.Model):
    """A Message-ID, seen as a message's own or among its References, and the conversation it belongs to.

    Ids that were only mentioned count too: so a parent that arrives after its answers finds them.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    key = models.BigIntegerField()  # hash of the Message-ID
    conversation_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "key"], name="anchor_key")]
        indexes = [models.Index(fields=["conversation_id"], name="anchor_conversation")]

    def __str__(self) -> str:
        return f"{self.key} → {self.conversation_id}"
