"""One holder at a time, for what one session at a time may do: a POP3 maildrop (RFC 1939 §4).

A lease is held in Redis, where all processes and machines see it, and in this process, which is enough
while Redis is away. It runs out by itself, so a holder that dies locks nobody out for long; a living one
renews it as it works.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

LEASE_SECONDS = 120
RENEW_SECONDS = 30
REDIS_TIMEOUT_SECONDS = 0.5
REDIS_PAUSE_SECONDS = 5.0

# KEYS: the lease   ARGV: holder, seconds
_TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""

# KEYS: the lease   ARGV: holder
_GIVE_UP = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""

_lock = threading.Lock()
_here: dict[str, tuple[str, float]] = {}  # name → holder, until when
_redis: redis.Redis | None = None
_redis_again_at = 0.0


class Lease:
    """Something that is ours until `give_up`, or until we have not renewed it for too long."""

    __slots__ = ("_holder", "_name", "_renew_at")

    def __init__(self, name: str, holder: str) -> None:
        self._name = name
        self._holder = holder
        self._renew_at = time.monotonic() + RENEW_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether it should be renewed."""
        return time.monotonic() > self._renew_at

    def renew(self) -> bool:
        """Go on holding it; False if somebody else has it by now."""
        self._renew_at = time.monotonic() + RENEW_SECONDS
        return _take(self._name, self._holder)

    def give_up(self) -> None:
        """Let the next one in."""
        with _lock:
            if _here.get(self._name, ("", 0.0))[0] == self._holder:
                del _here[self._name]
        _shared(_GIVE_UP, self._name, self._holder)


def take(name: str) -> Lease | None:
    """Hold `name`, or None: somebody else does."""
    holder = secrets.token_hex(8)
    return Lease(name, holder) if _take(name, holder) else None


def forget() -> None:
    """Nobody holds anything (tests)."""
    global _redis, _redis_again_at
    _here.clear()
    _redis, _redis_again_at = None, 0.0


def _take(name: str, holder: str) -> bool:
    now = time.monotonic()
    with _lock:
        held_by, until = _here.get(name, ("", 0.0))
        if held_by != holder and until > now:
            return False
        _here[name] = (holder, now + LEASE_SECONDS)
    if _shared(_TAKE, name, holder, LEASE_SECONDS) == 0:
        with _lock:
            _here.pop(name, None)
        return False
    return True


def _shared(script: str, name: str, *arguments: str | int) -> object:
    """Run a script in Redis; None when it is away."""
    global _redis, _redis_again_at
    if not settings.REDIS_URL or time.monotonic() < _redis_again_at:
        return None
    try:
        if _redis is None:
            _redis = redis.Redis.from_url(
                settings.REDIS_URL,
                socket_timeout=REDIS_TIMEOUT_SECONDS,
                socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            )
        answer: object = _redis.eval(script, 1, f"lease:{name}", *arguments)
        return answer
    except redis.RedisError as problem:
        _redis_again_at = time.monotonic() + REDIS_PAUSE_SECONDS
        logger.warning("leases_alone reason=%s", type(problem).__name__)
        return None
