"""Annotation: what programs keep beside a mailbox. RFC 5464 §3."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Annotation(models.Model):
    """One entry of one mailbox, or of the account where `mailbox_id` is 0; `entry` is in lower case."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    mailbox_id = models.BigIntegerField()
    entry = models.CharField(max_length=255)
    value = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "mailbox_id", "entry"], name="annotation_entry")
        ]

    def __str__(self) -> str:
        return self.entry
