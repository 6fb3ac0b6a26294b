"""Template: a text that its author sends again and again."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Template(models.Model):
    """Inserted into a letter by its name; the subject only where the letter has none."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    subject = models.CharField(max_length=1000, blank=True)
    html = models.TextField(blank=True)  # sanitised

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="template_name")]

    def __str__(self) -> str:
        return self.name
