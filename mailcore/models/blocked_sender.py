"""BlockedSender: somebody whose mail an account does not want in its inbox."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class BlockedSender(models.Model):
    """An address, lower case; what comes from it is filed in Junk."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    address = models.CharField(max_length=254)
    created = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "address"], name="blocked_sender_address")
        ]

    def __str__(self) -> str:
        return self.address
