"""Label: a keyword of entries that has a name and a colour (RFC 9051 §2.3.2)."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId

COLOURS = (
    "grey",
    "red",
    "orange",
    "amber",
    "olive",
    "green",
    "teal",
    "cyan",
    "blue",
    "indigo",
    "violet",
    "pink",
)


class Label(models.Model):
    """What the browser calls a label is a keyword to every other program: both set and see the same thing.

    `keyword` never changes once entries carry it; `name` is what people read, `colour` one of COLOURS.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    keyword = models.CharField(max_length=100)
    colour = models.CharField(max_length=16, default="grey")
    position = models.IntegerField(default=0)
    is_hidden = models.BooleanField(default=False)  # from the rail; everywhere else it is shown

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "keyword"], name="label_keyword")]

    def __str__(self) -> str:
        return self.name
