"""The text index of an account's mail: see mailcore/search/segment.py for what is in the blobs, and why."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class SearchState(models.Model):
    """How far an account's mail is indexed: up to this message id. What is newer is scanned by a search."""

    account_id = RowId(primary_key=True)
    message_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.account_id} up to {self.message_id}"


class SearchSegment(models.Model):
    """A run of messages, in the order of their ids; `id` was the first one's.

    A segment that is not full is written anew with what arrived since; its rows always change together.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.IntegerField()
    size = models.BigIntegerField()  # octets of all its texts, before compression
    members = models.BinaryField()
    short = models.BinaryField()  # who, subject, file names
    grams = models.BinaryField()  # which four octets in a row occur in any of its texts

    def __str__(self) -> str:
        return f"{self.id} to {self.last_id}"


class SearchHeaders(models.Model):
    """The header fields of a segment's messages."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.id)


class SearchBodies(models.Model):
    """The bodies of a segment's messages."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.id)
