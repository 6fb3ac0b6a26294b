"""One transaction that writes mail: who takes turns, ids, modseq, the change log and the bell.

Writers of one account take turns on its AccountState row (locked first, in order of account id, so that no two
groups can wait for each other). On SQLite, which has one writer at a time, all of them pass a turnstile, and share
flushes of the log (wal.py).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction

from mailcore.changes import wakeups
from mailcore.store import wal
from mailcore.store.errors import NotFound, TemporaryFailure
from mailcore.store.turnstile import turnstile

ID_SHIFT = 32


class Write:
    """What one transaction knows about one account it writes to."""

    __slots__ = (
        "_changes",
        "_dirty",
        "_last_id",
        "account_id",
        "has_push",
        "has_sleepers",
        "last_uidvalidity",
        "modseq",
        "now",
        "quota_bytes",
        "used_bytes",
    )

    def __init__(
        self,
        account_id: int,
        modseq: int,
        last_id: int,
        last_uidvalidity: int,
        used_bytes: int,
        quota_bytes: int,
        has_sleepers: bool,
        has_push: bool,
    ) -> None:
        self.account_id = account_id
        self.modseq = modseq + 1  # what this transaction's changes are stamped with
        self.last_uidvalidity = last_uidvalidity
        self.used_bytes = used_bytes
        self.quota_bytes = quota_bytes
        self.has_sleepers = has_sleepers
        self.has_push = has_push
        self.now = int(time.time())
        self._last_id = last_id
        self._changes: list[tuple[int, str, str]] = []
        self._dirty = False

    def new_id(self) -> int:
        """The next row id of this account."""
        self._dirty = True
        self._last_id += 1
        return self.account_id << ID_SHIFT | self._last_id

    def new_ids(self, count: int) -> int:
        """Reserve `count` row ids; the first of them."""
        self._dirty = True
        first = self._last_id + 1
        self._last_id += count
        return self.account_id << ID_SHIFT | first

    def new_uidvalidity(self) -> int:
        """Greater than every one before, even if the clock was set back (RFC 9051 §2.3.1.1)."""
        self._dirty = True
        self.last_uidvalidity = max(self.last_uidvalidity + 1, self.now)
        return self.last_uidvalidity

    def use_bytes(self, count: int) -> None:
        """Count `count` octets more (or less) against the quota."""
        self._dirty = True
        self.used_bytes = max(0, self.used_bytes + count)

    def changed(self, mailbox_id: int, kind: str, detail: str = "") -> None:
        """Note what this transaction does; written to the log with it."""
        self._dirty = True
        self._changes.append((mailbox_id, kind, detail))


@contextmanager
def account(account_id: int, *, is_durable: bool = True) -> Iterator[Write]:
    """A transaction on one account's mail."""
    with accounts([account_id], is_durable=is_durable) as writes:
        yield writes[account_id]


@contextmanager
def accounts(account_ids: Collection[int], *, is_durable: bool = True) -> Iterator[dict[int, Write]]:
    """A transaction on the mail of several accounts. Durable when the `with` ends, unless it need not be.

    Raises TemporaryFailure when the database cannot (locked, full, away); then nothing was written.
    """
    try:
        with exclusive(is_durable=is_durable), transaction.atomic():
            writes = _lock(sorted(set(account_ids)))
            yield writes
            told = _finish(writes)
    except DatabaseError as problem:
        raise TemporaryFailure("Storage is not available right now") from problem
    # Outside the turnstile, so that a slow Redis holds up nobody else; inside a bigger transaction, at its end.
    if told:
        transaction.on_commit(lambda: wakeups.publish_many(told))


def _lock(account_ids: list[int]) -> dict[int, Write]:
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    marks = ",".join(["%s"] * len(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account_id, modseq, last_id, last_uidvalidity, used_bytes, quota_bytes, has_sleepers, has_push"
            f" FROM mailcore_accountstate WHERE account_id IN ({marks}) ORDER BY account_id{lock}",
            account_ids,
        )
        writes = {row[0]: Write(*row) for row in cursor.fetchall()}
    missing = [account_id for account_id in account_ids if account_id not in writes]
    if missing:
        raise NotFound(f"Account {missing[0]} has no mail store")
    return writes


def _finish(writes: dict[int, Write]) -> list[tuple[int, int]]:
    """Store the counters and the log of those accounts that changed; what to tell once it is committed."""
    changed = [write for write in writes.values() if write._dirty]
    if not changed:
        return []
    log = [
        (write.new_id(), write.account_id, write.modseq, mailbox_id, write.now, kind, detail)
        for write in changed
        for mailbox_id, kind, detail in write._changes
    ]
    states = [
        (
            write.modseq if write._changes else write.modseq - 1,
            write._last_id,
            write.last_uidvalidity,
            write.used_bytes,
            write.account_id,
        )
        for write in changed
    ]
    with connection.cursor() as cursor:
        if log:
            cursor.executemany(
                "INSERT INTO mailcore_change (id, account_id, modseq, mailbox_id, happened, kind, detail)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                log,
            )
        cursor.executemany(
            "UPDATE mailcore_accountstate SET modseq = %s, last_id = %s, last_uidvalidity = %s, used_bytes = %s"
            " WHERE account_id = %s",
            states,
        )
    return [(write.account_id, write.modseq) for write in changed if write._changes]


@contextmanager
def exclusive(*, is_durable: bool = True) -> Iterator[None]:
    """The only writer on SQLite; nothing at all on a database that lets rows be locked.

    Use it around any transaction of one's own that writes other tables, so that SQLite never has to be polled. What
    was written is durable when the `with` ends, unless it may as well be lost with the power (`is_durable`).
    Raises TemporaryFailure when the disk refuses.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with turnstile, wal.quick_commits():
        yield
    if is_durable:
        wal.reach_disk()
