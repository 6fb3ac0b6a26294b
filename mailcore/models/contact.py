"""Contact: someone this account writes to."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Contact(models.Model):
    """Remembered from what was sent; the most used come first when completing a recipient."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    uses = models.IntegerField(default=0)
    last_used = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "address"], name="contact_address")]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address
