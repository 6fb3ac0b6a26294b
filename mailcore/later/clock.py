"""The clock of the service: sleeps until the next row is due, whichever queue it is in, and rings for it.

A thread of every worker. It looks at a few partial indexes, each of them at its first entry, so a hundred thousand
sleeping rows cost what one costs. Whoever writes a row with a time of its own rings `later.plan`, and the clock looks
again; should that bell be lost, it looks every `LOOK_SECONDS` anyway. The time is read anew with each look, so a
computer that slept, or a clock that was set, costs no more than that either. Several clocks ring for the same rows,
and the rows are done once all the same.
"""

from __future__ import annotations

import logging
import threading
import time

from django.db import close_old_connections

from mailcore import doorbell
from mailcore.later import due, rows
from mailcore.outbound import queue
from mailcore.push import tell

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 3  # a row may be committed a moment after its time
TICK_SECONDS = 0.003  # rows are due at whole seconds: be just beyond


class Clock:
    """One thread, and the bell that makes it look again."""

    def __init__(self) -> None:
        self._again = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; harmless the second time."""
        if self._thread is None or not self._thread.is_alive():
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End soon."""
        self._stopping = True
        self._again.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def look_again(self) -> None:
        """Something is due at another time than the clock thinks."""
        self._again.set()

    def _run(self) -> None:
        seen = 0
        while not self._stopping:
            self._again.clear()
            pause = LOOK_SECONDS
            try:
                now = int(time.time())
                coming = look(min(seen, now), now)
                seen = now
                if coming is not None:
                    pause = min(pause, max(0.0, coming - time.time()) + TICK_SECONDS)
            except (
                Exception
            ):  # a database that is away comes back; without its clock the service would be late
                log.exception("clock-cannot-look")
            finally:
                close_old_connections()
            self._again.wait(pause)


def look(since: int, now: int) -> int | None:
    """Ring for what became due after `since`; when the next row will be."""
    for domain in queue.due_domains(since=since - AGAIN_SECONDS):
        doorbell.ring(queue.RELAY, domain)
    if due.became_due(since - AGAIN_SECONDS, now):
        doorbell.ring(rows.WAKE)
    for account_id in tell.due_accounts(since - AGAIN_SECONDS, now):
        doorbell.ring(tell.TELL, account_id)
    ahead = queue.next_after(now), due.next_after(now), tell.next_after(now)
    times = [moment for moment in ahead if moment is not None]
    return min(times, default=None)


_clock = Clock()
start, stop, look_again = _clock.start, _clock.stop, _clock.look_again
