"""Which conversation a message belongs to: by References, then by subject (RFC 5256 §2.1, §2.2).

Every Message-ID an account has seen, as a message's own or only mentioned, is an Anchor of one conversation. A
message joins the conversation of any id it knows; when it knows two, they become one. A reply without references
joins the newest conversation of its base subject, if that was alive in the last month.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Protocol

from django.db import connection

from mailcore.changes import change
from mailcore.store.uidset import in_list
from mailcore.store.writing import Write

SUBJECT_WINDOW_SECONDS = 30 * 86_400
MOST_MERGED = 500  # Message-IDs


class Threadable(Protocol):
    """What threading looks at; `message.summary.Summary` has it."""

    @property
    def message_id(self) -> str: ...
    @property
    def references(self) -> tuple[str, ...]: ...
    @property
    def subject(self) -> str: ...
    @property
    def base_subject(self) -> str: ...
    @property
    def is_reply(self) -> bool: ...


def key(text: str) -> int:
    """A 64-bit name for a Message-ID or subject, as the databases' signed integer."""
    return int.from_bytes(
        blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True
    )


class Threading:
    """Finds conversations for a group of arrivals inside their transaction; `write_rows` stores what it decided."""

    def __init__(self, arrivals: Sequence[tuple[Write, Threadable]]) -> None:
        self._writes = {write.account_id: write for write, _ in arrivals}
        self._known = self._load([(write.account_id, _keys(item)) for write, item in arrivals])
        self._new_anchors: list[tuple[int, int, int, int]] = []
        self._new: dict[int, list[int | str]] = {}
        self._latest: dict[int, tuple[int, int]] = {}
        self._replaced: dict[int, int] = {}

    def final(self, conversation_id: int) -> int:
        """Where an earlier answer of `conversation_of` ended up, once all arrivals are placed."""
        while conversation_id in self._replaced:
            conversation_id = self._replaced[conversation_id]
        return conversation_id

    def conversation_of(self, write: Write, item: Threadable, received: int) -> int:
        """The conversation this message joins or opens."""
        keys = _keys(item)
        known = self._known
        found = sorted({known[write.account_id, k] for k in keys if (write.account_id, k) in known})
        if len(found) > 1 and self._may_merge(write, found[1:]):
            self._merge(write, found[0], found[1:])
        conversation_id = found[0] if found else self._by_subject(write, item, received)
        if conversation_id is None:
            conversation_id = write.new_id()
            self._new[conversation_id] = [
                conversation_id,
                write.account_id,
                key(item.base_subject),
                received,
                item.subject,
            ]
        elif conversation_id in self._new:
            self._new[conversation_id][3] = max(int(self._new[conversation_id][3]), received)
        else:
            latest = self._latest.get(conversation_id, (0, 0))[0]
            self._latest[conversation_id] = (max(latest, received), write.account_id)
        for k in keys:
            if (write.account_id, k) not in known:
                known[write.account_id, k] = conversation_id
                self._new_anchors.append((write.new_id(), write.account_id, k, conversation_id))
        return conversation_id

    def write_rows(self) -> None:
        """Store new conversations and anchors, and when the others were last alive."""
        with connection.cursor() as cursor:
            if self._new:
                cursor.executemany(
                    "INSERT INTO mailcore_conversation (id, account_id, subject_key, latest, subject)"
                    " VALUES (%s, %s, %s, %s, %s)",
                    list(self._new.values()),
                )
            if self._latest:
                cursor.executemany(
                    "UPDATE mailcore_conversation SET latest = %s"
                    " WHERE account_id = %s AND id = %s AND latest < %s",
                    [(at, account, number, at) for number, (at, account) in self._latest.items()],
                )
            if self._new_anchors:
                cursor.executemany(
                    "INSERT INTO mailcore_anchor (id, account_id, key, conversation_id) VALUES (%s, %s, %s, %s)",
                    self._new_anchors,
                )

    @staticmethod
    def _load(wanted: list[tuple[int, list[int]]]) -> dict[tuple[int, int], int]:
        keys = sorted({k for _, item in wanted for k in item})
        accounts = sorted({account_id for account_id, _ in wanted})
        if not keys:
            return {}
        by_account, account_list = in_list("account_id", accounts)
        by_key, key_list = in_list("key", keys)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT account_id, key, conversation_id FROM mailcore_anchor WHERE {by_account} AND {by_key}",
                [account_list, key_list],
            )
            return {(row[0], row[1]): row[2] for row in cursor.fetchall()}

    def _by_subject(self, write: Write, item: Threadable, received: int) -> int | None:
        if not item.is_reply or item.references or not item.base_subject:
            return None
        subject_key = key(item.base_subject)
        since, until = received - SUBJECT_WINDOW_SECONDS, received + SUBJECT_WINDOW_SECONDS
        for number, row in self._new.items():
            if row[1] == write.account_id and row[2] == subject_key and since <= int(row[3]) <= until:
                return number
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM mailcore_conversation WHERE account_id = %s AND subject_key = %s"
                " AND latest BETWEEN %s AND %s ORDER BY latest DESC LIMIT 1",
                [write.account_id, subject_key, since, until],
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def _may_merge(self, write: Write, others: list[int]) -> bool:
        """Threads that have grown large stay apart: or knitting them again and again would cost their square."""
        marks = ",".join(["%s"] * len(others))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT 1 FROM mailcore_anchor WHERE account_id = %s"
                f" AND conversation_id IN ({marks}) LIMIT {MOST_MERGED + 1}) AS counted",
                [write.account_id, *others],
            )
            return bool(cursor.fetchone()[0] <= MOST_MERGED)

    def _merge(self, write: Write, into: int, others: list[int]) -> None:
        """The others become part of `into`. Rare: a message that knits two threads together."""
        self.write_rows()  # what we decided so far must be in the tables before they are rewritten
        self._new, self._latest, self._new_anchors = {}, {}, []
        # Spelled out, not as one list: for a list whose length it cannot see, SQLite walks the whole account.
        marks = ",".join(["%s"] * len(others))
        with connection.cursor() as cursor:
            # Tombstones stay where they were: their index is for the living, and nobody shows them.
            for table, living in (
                ("message", ""),
                ("entry", " AND NOT expunged"),
                ("anchor", ""),
                ("reminder", ""),
            ):
                cursor.execute(
                    f"UPDATE mailcore_{table} SET conversation_id = %s"
                    f" WHERE account_id = %s AND conversation_id IN ({marks}){living}",
                    [into, write.account_id, *others],
                )
            cursor.execute(
                f"SELECT max(latest) FROM mailcore_conversation WHERE account_id = %s AND id IN ({marks}, %s)",
                [write.account_id, *others, into],
            )
            latest = cursor.fetchone()[0]
            cursor.execute(
                f"DELETE FROM mailcore_conversation WHERE account_id = %s AND id IN ({marks})",
                [write.account_id, *others],
            )
        self._latest[into] = (latest or 0, write.account_id)
        gone = set(others)
        self._replaced.update(dict.fromkeys(others, into))
        for known, number in self._known.items():
            if number in gone:
                self._known[known] = into
        write.changed(0, change.THREADED, str(into))


def _keys(item: Threadable) -> list[int]:
    ids = [*item.references, item.message_id] if item.message_id else list(item.references)
    return [key(text) for text in dict.fromkeys(ids)]
