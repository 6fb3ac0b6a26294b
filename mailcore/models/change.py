"""Change: the append-only log of what happened to an account's mail."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Change(models.Model):
    """One thing that one transaction did to one mailbox; `detail` says to which UIDs (`changes.change`)."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    modseq = models.BigIntegerField()
    mailbox_id = models.BigIntegerField()
    happened = models.BigIntegerField()  # seconds since 1970
    kind = models.CharField(max_length=16)
    detail = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["account_id", "modseq"], name="change_modseq")]

    def __str__(self) -> str:
        return f"{self.account_id}@{self.modseq} {self.kind}"
