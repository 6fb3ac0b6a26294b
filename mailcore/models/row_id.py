"""RowId: the primary key of mail rows, handed out by the account's counter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    Int64 = models.BigIntegerField[int, int]
else:
    Int64 = models.BigIntegerField


class RowId(Int64):
    """A 64-bit primary key that is SQLite's own rowid.

    Only a column declared `integer` is; a `bigint` key costs a second index, and a second look-up for each row.
    """

    def db_type(self, connection: Any) -> str | None:
        """`integer` on SQLite (64 bits there), `bigint` elsewhere."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)
