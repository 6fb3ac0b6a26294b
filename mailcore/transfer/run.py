"""Do what waits: claim a transfer, take what its source gives, note how far it is and how it ended.

One at a time in each process, so that a long one leaves a thread to the index; in turns, if others wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Protocol

from mailcore.identity import vault
from mailcore.models import Transfer
from mailcore.store import importing
from mailcore.store.errors import MailError, QuotaExceeded, TemporaryFailure
from mailcore.store.importing import Incoming, Tally
from mailcore.transfer import rows, uploads
from mailcore.transfer.errors import Ended, LetGo, SignInRefused, Unavailable
from mailcore.transfer.from_file import FromFile
from mailcore.transfer.from_server import FromServer

log = logging.getLogger(__name__)

TICK_SECONDS = 2.0
TURN_SECONDS = 120.0
MOST_TRIES = 6
FIRST_WAIT_SECONDS = 15  # then twice as long each time

stopping = threading.Event()
_place = threading.Lock()


class Source(Protocol):
    """Where messages come from."""

    total: int

    def messages(self) -> Iterator[Incoming]: ...
    def committed(self, tally: Tally) -> dict[str, int]: ...
    def finish(self) -> dict[str, int]: ...
    def close(self) -> None: ...


class _Turn(Exception):
    """Somebody else waits, or this process ends."""


def run() -> int:
    """Everything that waits; how many pieces of work that were. Nothing, if this process is at it already."""
    if not _place.acquire(blocking=False):
        return 0
    try:
        done = 0
        while not stopping.is_set() and (row := rows.claim()) is not None:
            _Work(row).do()
            done += 1
        return done
    finally:
        _place.release()


def tidy() -> None:
    """Upkeep: rows and files of what is over."""
    for account_id in rows.with_transfers():
        for transfer_id in rows.forget_old(account_id):
            uploads.forget(transfer_id)


class _Work:
    """One turn of one transfer."""

    def __init__(self, row: Transfer) -> None:
        self._row = row
        self._counts: dict[str, int] = {}
        self._noted = self._began = time.monotonic()

    def do(self) -> None:
        """Until it ends, or its turn does."""
        row = self._row
        source: Source = (FromServer if row.kind == rows.Kind.IMAP else FromFile)(row, self._tick)
        before = int(row.options.get("before", 0))
        top = str(row.options.get("into", "")) or "INBOX"

        def progress(tally: Tally) -> None:
            self._counts = {
                "taken": row.taken + tally.taken,
                "known": row.known + tally.known,
                "refused": row.refused + tally.refused,
                "total": source.total,
                "tries": 0,
                **source.committed(tally),
            }
            self._note()

        try:
            importing.take(
                row.account_id,
                source.messages(),
                top=top,
                skip_known=True,
                before=before,
                skip_refused=True,
                progress=progress,
            )
            self._end("", source.finish())
        except LetGo:
            log.info("transfer-stopped transfer=%d", row.id)
        except _Turn:
            rows.give_back(row, 0, **self._counts)
        except Ended as problem:
            log.info("transfer-ended transfer=%d reason=%s text=%s", row.id, problem.word, str(problem)[:200])
            self._end(problem.word)
        except QuotaExceeded:
            self._end("full")
        except vault.Unreadable:
            self._end(SignInRefused.word)
        except (Unavailable, TemporaryFailure, OSError) as problem:
            self._wait(problem)
        except MailError as problem:
            log.warning("transfer-refused transfer=%d reason=%r", row.id, str(problem)[:200])
            self._end(Ended.word)
        except Exception:  # a letter that breaks us must not be tried for ever
            log.exception("transfer-broken transfer=%d", row.id)
            self._end(Ended.word)
        finally:
            source.close()
            if rows.is_over(row):
                uploads.forget(row.id)

    def _tick(self) -> None:
        """Called often by a source that works without giving anything."""
        if time.monotonic() - self._noted >= TICK_SECONDS:
            self._note()

    def _note(self) -> None:
        if not rows.keep(self._row, **self._counts):
            raise LetGo
        self._noted = time.monotonic()
        if stopping.is_set() or (self._noted - self._began >= TURN_SECONDS and rows.due()):
            raise _Turn

    def _wait(self, problem: Exception) -> None:
        tries = self._row.tries + 1 if "tries" not in self._counts else 1
        log.info("transfer-waits transfer=%d tries=%d reason=%r", self._row.id, tries, str(problem)[:200])
        counts = self._counts | {"tries": tries}
        if tries >= MOST_TRIES:
            rows.end(self._row, "lost", **counts)
        else:
            rows.give_back(self._row, FIRST_WAIT_SECONDS << (tries - 1), **counts)

    def _end(self, problem: str, more: dict[str, int] | None = None) -> None:
        rows.end(self._row, problem, **(self._counts | (more or {})))
