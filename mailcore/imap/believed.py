"""Entries of a mailbox as one session believes them to be: reads only, each of one account.

The belief "all UIDs below `uidnext` that were there as of `modseq`" is a condition on rows, because an
expunged entry stays as a tombstone that remembers when it went (`models.entry`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import connection

from mailcore.store.uidset import in_list

_SEEN = "e.account_id = %s AND e.mailbox_id = %s AND (NOT e.expunged OR e.modseq > %s)"
_BELIEVED = f"{_SEEN} AND e.uid >= %s AND e.uid < %s"
# Not a bare column: what has changed is found by modseq, and SQLite would rather walk the whole mailbox by UID if
# that saved it from sorting.
_UID = "uid + 0"
_PLAIN = " FROM mailcore_entry e WHERE "


class Depth(Enum):
    """How far a reading goes: the entry's own columns (e), its message's (m), the stored octets (b).

    Outer joins: a message may be forgotten before a session knows that it is gone, and it counts until then.
    """

    ENTRY = _PLAIN
    MESSAGE = " FROM mailcore_entry e LEFT JOIN mailcore_message m ON m.id = e.message_id WHERE "
    OCTETS = (
        " FROM mailcore_entry e LEFT JOIN mailcore_message m ON m.id = e.message_id"
        " LEFT JOIN mailcore_blob b ON b.digest = m.digest WHERE "
    )


@dataclass(frozen=True, slots=True)
class View:
    """Whose mailbox, which, and as of when (`modseq`: expunges later than that are not known yet)."""

    account_id: int
    mailbox_id: int
    modseq: int

    def _condition(self, low: int, below: int) -> list[int]:
        return [self.account_id, self.mailbox_id, self.modseq, low, below]

    def uids(self, low: int, below: int) -> list[int]:
        """Ascending UIDs in low..below-1."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT e.uid{_PLAIN}{_BELIEVED} ORDER BY e.uid", self._condition(low, below))
            return [row[0] for row in cursor.fetchall()]

    def last_uids(self, count: int, below: int) -> list[int]:
        """The `count` highest UIDs below `below`, ascending."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT e.uid{_PLAIN}{_BELIEVED} ORDER BY e.uid DESC LIMIT %s",
                [*self._condition(1, below), count],
            )
            return [row[0] for row in reversed(cursor.fetchall())]

    def count(self, low: int, below: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*){_PLAIN}{_BELIEVED}", self._condition(low, below))
            return int(cursor.fetchone()[0])

    def blocks(
        self, low: int, below: int, columns: Sequence[str], depth: Depth, size: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in low..below-1, `size` at a time, by UID.

        The first column is the UID. No cursor stays open between two blocks.
        """
        statement = f"SELECT {', '.join(columns)}{depth.value}{_BELIEVED} ORDER BY e.uid LIMIT %s"
        while low < below:
            with connection.cursor() as cursor:
                cursor.execute(statement, [*self._condition(low, below), size])
                rows = cursor.fetchall()
            if rows:
                yield rows
            if len(rows) < size:
                return
            low = rows[-1][0] + 1

    def chosen(self, uids: Sequence[int], columns: Sequence[str], depth: Depth) -> list[tuple[Any, ...]]:
        """Rows of exactly these UIDs, ascending."""
        within, numbers = in_list("e.uid", uids)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(columns)}{depth.value}{_SEEN} AND {within} ORDER BY e.uid",
                [self.account_id, self.mailbox_id, self.modseq, numbers],
            )
            return list(cursor.fetchall())

    def live(self, below: int, columns: Sequence[str], depth: Depth) -> list[tuple[Any, ...]]:
        """Narrow rows of everything that is still there, by UID: what SORT and THREAD look at."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(columns)}{depth.value}e.account_id = %s AND e.mailbox_id = %s"
                " AND NOT e.expunged AND e.uid < %s ORDER BY e.uid",
                [self.account_id, self.mailbox_id, below],
            )
            return list(cursor.fetchall())

    def changed_uids(self, since: int, low: int, below: int) -> list[int]:
        """Ascending UIDs in low..below-1 of what changed after `since`."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT uid FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s AND modseq > %s"
                f" AND (NOT expunged OR modseq > %s) AND {_UID} >= %s AND {_UID} < %s ORDER BY {_UID}",
                [self.account_id, self.mailbox_id, since, self.modseq, low, below],
            )
            return [row[0] for row in cursor.fetchall()]

    def gone_between(self, up_to: int, below: int) -> list[int]:
        """What was gone by `up_to` of what is believed in."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT uid FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s AND modseq > %s"
                f" AND modseq <= %s AND expunged AND {_UID} < %s",
                [self.account_id, self.mailbox_id, self.modseq, up_to, below],
            )
            return [row[0] for row in cursor.fetchall()]

    def gone(self, below: int) -> list[int]:
        """What the session believes in but is no more, ascending."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT uid FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s AND modseq > %s"
                f" AND expunged AND {_UID} < %s ORDER BY {_UID}",
                [self.account_id, self.mailbox_id, self.modseq, below],
            )
            return [row[0] for row in cursor.fetchall()]


def changed(
    account_id: int, mailbox_id: int, since: int, up_to: int, below: int
) -> list[tuple[int, int, str, int]]:
    """(uid, flags, keywords, modseq) of live entries changed in (since, up_to], by UID."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uid, flags, keywords, modseq FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s"
            f" AND modseq > %s AND modseq <= %s AND NOT expunged AND {_UID} < %s ORDER BY {_UID}",
            [account_id, mailbox_id, since, up_to, below],
        )
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Counters:
    """A mailbox's own numbers, read in one statement and therefore true together."""

    uidvalidity: int
    uidnext: int
    highest_modseq: int
    total: int
    is_deleted: bool


def counters(account_id: int, mailbox_id: int) -> Counters | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uidvalidity, uidnext, highest_modseq, total, deleted_modseq FROM mailcore_mailbox"
            " WHERE account_id = %s AND id = %s",
            [account_id, mailbox_id],
        )
        row = cursor.fetchone()
    return None if row is None else Counters(row[0], row[1], row[2], row[3], is_deleted=row[4] is not None)
