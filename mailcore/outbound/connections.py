"""Conversations that are idle for a moment and may be taken up again: most mail comes in bursts.

A conversation is kept for `IDLE_SECONDS` and for at most `MOST_LETTERS` messages, per target and way of getting there.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.conf import settings

from mailcore.outbound import leases, smtp_client
from mailcore.outbound.channel import Target
from mailcore.outbound.route import Hop
from mailcore.outbound.smtp_client import Peer

IDLE_SECONDS = 3.0
MOST_LETTERS = 200
MOST_IDLE = 64


@dataclass(frozen=True, slots=True)
class _Idle:
    peer: Peer
    since: float


Key = tuple[Target, Hop]
_lock = threading.Lock()
_idle: dict[Key, list[_Idle]] = {}


def take(target: Target, hop: Hop) -> Peer:
    """A conversation with `target`: a kept one, or a new one. Raises channel.Unreachable."""
    while True:
        with _lock:
            waiting = _idle.get((target, hop))
            kept = waiting.pop() if waiting else None
        if kept is None:
            return smtp_client.connect(target, settings.MAIL_HOSTNAME, hop.policy, hop.credentials)
        if kept.peer.is_quiet():
            return kept.peer
        kept.peer.close()


def give_back(peer: Peer, hop: Hop) -> None:
    """Keep it for the next burst, or say goodbye."""
    if not peer.is_open:
        return
    with _lock:
        is_kept = peer.sent < MOST_LETTERS and sum(map(len, _idle.values())) < MOST_IDLE
        if is_kept:
            _idle.setdefault((peer.target, hop), []).append(_Idle(peer, time.monotonic()))
    if not is_kept:
        peer.quit()


def close_old(older_than_seconds: float = IDLE_SECONDS) -> None:
    """Say goodbye to those that nobody wanted again."""
    limit = time.monotonic() - older_than_seconds
    with _lock:
        old = [one for kept in _idle.values() for one in kept if one.since <= limit]
        for key in list(_idle):
            _idle[key] = [one for one in _idle[key] if one.since > limit]
            if not _idle[key]:
                del _idle[key]
    for one in old:
        one.peer.quit()


leases.every_tick(close_old)
