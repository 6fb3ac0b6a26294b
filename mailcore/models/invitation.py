"""Invitation: an event somebody was invited to, as far as its letters were read, and what was answered."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Invitation(models.Model):
    """One event (or one occurrence of it) of one account. RFC 5545 §3.8.4.7, §3.8.7.4.

    `sequence` and `stamp` are those of the newest letter about it; `answer` is a PARTSTAT in lower case, given to
    `answered_sequence`: an event that was moved since has not been answered.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    uid = models.CharField(max_length=255)
    recurrence = models.CharField(max_length=64, blank=True)  # RECURRENCE-ID as written; '': all of it
    sequence = models.BigIntegerField(default=0)
    stamp = models.BigIntegerField(default=0)  # DTSTAMP
    is_cancelled = models.BooleanField(default=False)
    answer = models.CharField(max_length=12, blank=True)  # accepted, tentative, declined
    answered_sequence = models.BigIntegerField(default=0)
    answered = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "uid", "recurrence"], name="invitation_uid")
        ]

    def __str__(self) -> str:
        return self.uid
