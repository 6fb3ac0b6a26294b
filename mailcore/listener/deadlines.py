"""One clock for all connections: who has been waiting too long?

A timer of its own for every read would cost a heap operation each time. Instead a connection writes the
moment its patience ends into `expires` (a plain attribute, moved as often as it likes) and sits in one bucket
of a wheel with one-second teeth; when the bucket falls due it is looked at, and either has expired or moves
to a later bucket.
"""

from __future__ import annotations

import asyncio
from typing import Protocol


class Waiting(Protocol):
    """Something that gives up at `expires` (loop time); `tooth` is the clock's own note of when it looks
    next.
    """

    expires: float
    tooth: int

    def expire(self) -> None: ...


class Deadlines:
    """A wheel of one-second buckets."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._buckets: dict[int, list[Waiting]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, waiting: Waiting) -> None:
        """Look at `waiting` no later than it expires. Needed only when it starts, or `expires` moved closer."""
        wanted = int(waiting.expires) + 1
        if waiting.tooth and waiting.tooth <= wanted:
            return
        waiting.tooth = wanted  # an entry in a later bucket is stale from now on
        self._buckets.setdefault(wanted, []).append(waiting)
        if self._timer is None:
            self._timer = self._loop.call_later(1, self._turn)

    def forget(self, waiting: Waiting) -> None:
        """It is over: its entry is dropped when due."""
        waiting.tooth = 0

    def _turn(self) -> None:
        now = self._loop.time()
        for tooth in [tooth for tooth in self._buckets if tooth <= now]:
            for waiting in self._buckets.pop(tooth):
                if waiting.tooth == tooth:
                    waiting.tooth = 0
                    if waiting.expires <= now:
                        waiting.expire()
                    else:
                        self.watch(waiting)
        self._timer = self._loop.call_later(1, self._turn) if self._buckets else None
