"""Those who are ready to commit at the same moment commit together.

The first thread in becomes the leader: it takes everything queued, writes it in one transaction with one fsync,
and everyone gets their answer. Whoever arrives meanwhile forms the next group. Measured on SQLite with
synchronous=FULL: 5.0 k messages/s singly, 19 k in tens, 30 k in fifties.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from django.db import connection

from mailcore.store.errors import MailError

log = logging.getLogger(__name__)

Job = TypeVar("Job")
Answer = TypeVar("Answer")


class _Ticket(Generic[Job, Answer]):
    __slots__ = ("answer", "job", "leads", "woken")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.woken = threading.Event()
        self.leads = False
        self.answer: Answer | BaseException | None = None


class CommitGroup(Generic[Job, Answer]):
    """Gathers jobs into calls of `write`, which answers each of them: a value, or the exception to raise.

    `write` must be one transaction: when it raises, nothing of the group was written, and each job is then tried
    alone, so that one bad job cannot take the others with it.
    """

    def __init__(self, write: Callable[[list[Job]], list[Answer | MailError]], most: int = 64) -> None:
        self._write = write
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Ticket[Job, Answer]] = deque()
        self._is_led = False

    def submit(self, job: Job) -> Answer:
        """Durable when it returns. Raises what `write` answered or raised for this job."""
        if connection.in_atomic_block:  # part of a bigger transaction: its commit is what counts
            return _result(self._write([job])[0])
        ticket: _Ticket[Job, Answer] = _Ticket(job)
        with self._lock:
            self._waiting.append(ticket)
            ticket.leads = not self._is_led
            self._is_led = True
        if not ticket.leads:
            ticket.woken.wait()
        if ticket.leads:
            self._lead()
        return _result(ticket.answer)

    def _lead(self) -> None:
        with self._lock:
            count = min(len(self._waiting), self._most)
            group = [self._waiting.popleft() for _ in range(count)]
        try:
            self._answer(group)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
            if following is not None:
                following.leads = True
                following.woken.set()
            for ticket in group[1:]:  # the first is ourselves
                ticket.woken.set()

    def _answer(self, group: list[_Ticket[Job, Answer]]) -> None:
        try:
            answers = self._write([ticket.job for ticket in group])
        except BaseException as problem:
            if len(group) == 1:
                group[0].answer = problem
                return
            log.warning("group-commit-split jobs=%d reason=%r", len(group), problem)
            for ticket in group:
                self._answer([ticket])
            return
        for ticket, answer in zip(group, answers, strict=True):
            ticket.answer = answer


def _result(answer: Answer | BaseException | None) -> Answer:
    if isinstance(answer, BaseException):
        raise answer
    return cast(Answer, answer)
