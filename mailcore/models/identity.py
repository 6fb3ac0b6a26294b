"""Identity: in whose name an account writes."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Identity(models.Model):
    """A name, an address of the account's own, and what goes below the text. Several may share an address."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=200, blank=True)  # '': the account's
    address = models.CharField(
        max_length=254
    )  # the account's, an alias that leads to it, or one with a plus-tag
    reply_to = models.CharField(max_length=1000, blank=True)
    signature = models.TextField(blank=True)  # HTML, sanitised
    is_default = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["account_id", "address"], name="identity_address")]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address
