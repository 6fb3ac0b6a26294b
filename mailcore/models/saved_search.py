"""SavedSearch: a search that stands among the folders. RecentSearch: one that may be wanted again."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class SavedSearch(models.Model):
    """A name for what somebody looks for again and again."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=500)
    position = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="saved_search_name")]

    def __str__(self) -> str:
        return self.name


class RecentSearch(models.Model):
    """What was typed into the search box, and when last; the oldest make room."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    query = models.CharField(max_length=500)
    used = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "query"], name="recent_search_query")]

    def __str__(self) -> str:
        return self.query
