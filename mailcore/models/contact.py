"""Contact: an address that this account knows: written to, saved, or both."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Contact(models.Model):
    """Remembered from what was sent, or put here by a saved Person; the most used come first when completing."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    address = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    uses = models.IntegerField(default=0)
    last_used = models.BigIntegerField(default=0)
    person_id = models.BigIntegerField(null=True)  # whose address it is; null: never saved
    words = models.TextField(blank=True)  # folded, each after a blank: what completion looks in

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "address"], name="contact_address")]
        indexes = [models.Index(fields=["account_id", "person_id"], name="contact_person")]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address
