"""Which entries of a mailbox a statement is about, as one SQL condition of bounded size."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Ranges:
    """Inclusive UID ranges, ascending, not touching; for sets too large to spell out (`1:*`)."""

    pairs: tuple[tuple[int, int], ...]


Uids = Sequence[int] | Ranges

_MOST_RANGES = 40


def where(account_id: int, mailbox_id: int, uids: Uids | None) -> tuple[str, list[Any]]:
    """SQL condition and parameters for those live entries of the mailbox; None: all of them.

    One contiguous run is a BETWEEN, anything else one parameter holding the whole list: the text of the statement
    stays the same, so its plan is cached.
    """
    base = "account_id = %s AND mailbox_id = %s AND NOT expunged"
    if uids is None:
        return base, [account_id, mailbox_id]
    if isinstance(uids, Ranges):
        if len(uids.pairs) == 1:
            return f"{base} AND uid BETWEEN %s AND %s", [account_id, mailbox_id, *uids.pairs[0]]
        if 0 < len(uids.pairs) <= _MOST_RANGES:
            # Each arm repeats the mailbox: SQLite then walks the index once for each range.
            arms = " OR ".join(["(mailbox_id = %s AND uid BETWEEN %s AND %s)"] * len(uids.pairs))
            bounds = [value for low, high in uids.pairs for value in (mailbox_id, low, high)]
            return f"account_id = %s AND NOT expunged AND ({arms})", [account_id, *bounds]
        uids = _present(account_id, mailbox_id, uids)
    if not uids:
        return f"{base} AND 1 = 0", [account_id, mailbox_id]
    low, high = min(uids), max(uids)
    if high - low + 1 == len(uids):
        return f"{base} AND uid BETWEEN %s AND %s", [account_id, mailbox_id, low, high]
    condition, parameter = in_list("uid", uids)
    return f"{base} AND {condition}", [account_id, mailbox_id, parameter]


def in_list(column: str, values: Sequence[int]) -> tuple[str, Any]:
    """`column IN values` with one parameter, however many there are."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", list(values)
    return f"{column} IN (SELECT value FROM json_each(%s))", json.dumps(list(values))


def _present(account_id: int, mailbox_id: int, ranges: Ranges) -> list[int]:
    found: list[int] = []
    with connection.cursor() as cursor:
        for start in range(0, len(ranges.pairs), _MOST_RANGES):
            condition, parameters = where(
                account_id, mailbox_id, Ranges(ranges.pairs[start : start + _MOST_RANGES])
            )
            cursor.execute(f"SELECT uid FROM mailcore_entry WHERE {condition}", parameters)
            found += [row[0] for row in cursor.fetchall()]
    return sorted(found)
