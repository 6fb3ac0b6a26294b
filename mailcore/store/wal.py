"""SQLite's write-ahead log: when it reaches the disk, and when it is folded back into the database.

SQLite with synchronous=FULL flushes the log inside the commit, one transaction after the other, while everybody else
waits for the write lock: 50 people storing flags are then as fast as the disk turns. Here a commit only writes the log
(synchronous=NORMAL, within `writing.exclusive` alone), lets the next writer in, and then waits for a flush that began
after it: one flush serves everybody who committed before it. What a caller is told is as durable as before: 250 and OK
come after the flush. (Others may read a row some milliseconds before it is durable, as with PostgreSQL's
commit_delay, were it not for the lock; wake-ups are therefore sent after the flush, and after a loss of power
`mailcore.store.power_cut` lets no number be given out twice.)

A checkpoint copies the log into the database and flushes twice. It runs on a thread of its own beside the writers
(PASSIVE), not inside the commit of whoever comes by when the log is full; only its last bit holds up the writers, so
that the log is empty at that moment and starts anew.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, connections

from mailcore.courier import Courier
from mailcore.store.errors import TemporaryFailure
from mailcore.store.turnstile import turnstile

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 200  # commits of this process; wal_autocheckpoint in the settings is the net beneath


class Flush:
    """Flushes a file for everybody who asks; who asks during a flush shares the next one."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._begun = 0
        self._ended = 0
        self._is_running = False
        self._failed: dict[int, OSError] = {}  # the last failures, for those who waited for them

    def wait(self, path: str) -> None:
        """What was written to `path` before the call is on the disk when it returns. Raises OSError."""
        with self._turn:
            mine = self._begun + 1
            while self._ended < mine:
                if self._is_running:
                    self._turn.wait()
                else:
                    self._lead(path)
            problem = next((self._failed[n] for n in range(mine, self._ended + 1) if n in self._failed), None)
        if problem is not None:
            raise problem

    def _lead(self, path: str) -> None:
        self._is_running = True
        self._begun += 1
        number = self._begun
        self._turn.release()
        problem = None
        try:
            _flush(path)
        except OSError as error:
            problem = error
        finally:
            self._turn.acquire()
            self._is_running = False
            self._ended = number
            self._failed.pop(number - 8, None)
            if problem is not None:
                self._failed[number] = problem
            self._turn.notify_all()


def _flush(path: str) -> None:
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # the last connection to close folds the log back, flushes the database and takes the log away
    try:
        os.fdatasync(file)
    finally:
        os.close(file)


_flushes: dict[str, Flush] = {}
_commits = 0


def path() -> str:
    """Where the log of this database is; '' when it has none (PostgreSQL, a database in memory)."""
    name = str(connection.settings_dict["NAME"])
    return "" if connection.vendor != "sqlite" or "memory" in name else f"{name}-wal"


@contextmanager
def quick_commits() -> Iterator[None]:
    """Within the block commits of this connection do not flush: `reach_disk` does, afterwards, for everybody."""
    connection.ensure_connection()
    _pragma("synchronous=NORMAL")
    try:
        yield
    finally:
        if connection.connection is not None:  # else it broke; a new one begins with FULL
            _pragma("synchronous=FULL")


def _pragma(text: str) -> None:
    raw: Any = connection.connection
    raw.execute(f"PRAGMA {text}")  # not through Django's cursor: this is on every write's way


def reach_disk() -> None:
    """Everything committed so far is durable when it returns. Raises TemporaryFailure when the disk refuses."""
    global _commits
    where = path()
    if not where:
        return
    flush = _flushes.get(where) or _flushes.setdefault(where, Flush())
    try:
        flush.wait(where)
    except OSError as problem:
        log.error("flush-failed reason=%s", problem.strerror)
        raise TemporaryFailure("Storage is not available right now") from problem
    _commits += 1
    if _commits >= CHECKPOINT_EVERY:
        _commits = 0
        if not _checkpointer.waiting():
            _checkpointer.hand(where)


# --- folding it back --------------------------------------------------------------------------------------------------


def _fold(logs: list[str]) -> None:
    try:
        _checkpoint()  # nearly everything, while others write
        with turnstile:
            _checkpoint()  # what they wrote meanwhile: the next writer begins the log anew
    except DatabaseError as problem:
        log.warning("checkpoint-failed reason=%r", problem)
    finally:
        connections.close_all()


def _checkpoint() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.fetchall()


_checkpointer: Courier[str] = Courier("checkpointer", _fold)
