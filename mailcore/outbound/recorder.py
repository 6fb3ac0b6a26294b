"""Write outcomes down the moment they come, together with whatever else has come meanwhile.

A message that the peer took and that we have not written down goes twice when we are killed: so nothing waits for
company. One thread of the process commits; what arrives during a commit forms the next one. The window is one
commit (2 ms on SQLite with fsync), and a quick destination costs one commit for many messages all the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, connection, connections

from mailcore.courier import Courier
from mailcore.outbound import queue
from mailcore.outbound.queue import Outcomes
from mailcore.store.errors import TemporaryFailure

log = logging.getLogger(__name__)

MOST_TOGETHER = 200
TRIES = 6


@dataclass(eq=False, slots=True)
class Receipt:
    """Outcomes handed over: what became of them is known once `wait` returns."""

    outcomes: Outcomes
    owed: frozenset[tuple[int, int]] = frozenset()  # (account id, outbound id) of those who get a report now
    problem: BaseException | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def settle(
        self, owed: frozenset[tuple[int, int]] = frozenset(), problem: BaseException | None = None
    ) -> None:
        self.owed, self.problem = owed, problem
        self._done.set()

    def wait(self) -> frozenset[tuple[int, int]]:
        """Durable when it returns; raises what kept it from being written."""
        self._done.wait()
        if self.problem is not None:
            raise self.problem
        return self.owed


def hand(outcomes: Outcomes) -> Receipt:
    """Have these written down now, without waiting for it."""
    receipt = Receipt(outcomes)
    if connection.in_atomic_block:  # part of a bigger transaction: its commit is what counts
        _write([receipt])
    else:
        _recorder.hand(receipt)
    return receipt


def _write(receipts: Sequence[Receipt]) -> None:
    try:
        owed = _record([receipt.outcomes for receipt in receipts])
    except BaseException as problem:
        if len(receipts) > 1:  # one that cannot be written takes no other with it
            for receipt in receipts:
                _write([receipt])
            return
        log.exception("record-failed domain=%s", receipts[0].outcomes.batch.domain)
        receipts[0].settle(problem=problem)
        return
    for receipt in receipts:
        ids = {(one.claimed.account_id, one.claimed.outbound_id) for one in receipt.outcomes.results}
        receipt.settle(frozenset(ids & owed))


def _record(outcomes: Sequence[Outcomes]) -> set[tuple[int, int]]:
    """What happened, happened: a database that is away for a moment must not make us send it again."""
    for pause in range(TRIES):
        try:
            return queue.record(outcomes)
        except (TemporaryFailure, DatabaseError):
            if pause == TRIES - 1 or connection.in_atomic_block:
                raise
            log.warning("record-again tries=%d try=%d", len(outcomes), pause + 1)
            connections.close_all()
            time.sleep(0.2 * 2**pause)
    raise AssertionError("unreachable")


_recorder: Courier[Receipt] = Courier("recorder", _write, most=MOST_TOGETHER, rest=connections.close_all)
