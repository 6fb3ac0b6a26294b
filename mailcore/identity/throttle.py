"""Slow down guessers, on all doors together, without locking out the owner.

Every look at a password first takes a token from the buckets it belongs to, all of them or none, in one
step, so that thirty parallel connections get no more looks than one. Success gives the tokens back. Buckets
refill with time:

* one account from one network: `PAIR`;
* one network, whatever the accounts: `NETWORK`;
* one account from everywhere: `ACCOUNT`, wide, against guessing from many networks.

Where an account has signed in before, only the bucket of that pair counts: a botnet that empties `ACCOUNT`,
or a neighbour behind the same address who empties `NETWORK`, does not keep the owner out.

A network is one IPv4 address or one IPv6 /64. The buckets live in Redis, shared by all processes and
machines; without Redis every process counts for itself. Either way memory is bounded: Redis keys expire,
local ones are evicted.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import redis
from django.conf import settings

from mailcore.identity.errors import Throttled

logger = logging.getLogger(__name__)

KNOWN_SECONDS = 30 * 86_400
LOCAL_ENTRIES = 20_000
REDIS_PAUSE_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket: how many at once, how many a minute from then on."""

    burst: int
    per_minute: float


PAIR = Limit(15, 6)
KNOWN_PAIR = Limit(20, 6)
NETWORK = Limit(30, 10)
ACCOUNT = Limit(300, 30)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket by its key."""

    key: str
    limit: Limit


class Shelf(Protocol):
    """Where buckets stand."""

    def take(
        self, known: str, buckets_if_known: list[Bucket], buckets: list[Bucket]
    ) -> tuple[bool, float]: ...

    def give_back(self, buckets: list[Bucket]) -> None: ...

    def remember(self, known: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """A look that was granted; say so if the password was right."""

    known: str
    taken: list[Bucket]

    def succeeded(self) -> None:
        """Give the tokens back, and remember that this account signs in from there."""
        _each(lambda shelf: shelf.give_back(self.taken))
        _each(lambda shelf: shelf.remember(self.known))


def attempt(address: str, peer: str) -> Attempt:
    """Ask for one look at a password of `address` from `peer`; raises `Throttled`."""
    name, where = _short(address), network(peer)
    known = f"login:known:{name}:{where}"
    if_known = [Bucket(f"login:familiar:{name}:{where}", KNOWN_PAIR)]
    otherwise = [
        Bucket(f"login:pair:{name}:{where}", PAIR),
        Bucket(f"login:network:{where}", NETWORK),
        Bucket(f"login:account:{name}", ACCOUNT),
    ]
    is_known, wait = _first(lambda shelf: shelf.take(known, if_known, otherwise))
    if wait > 0:
        logger.warning("throttled account=%s network=%s seconds=%.0f", name, where, wait)
        raise Throttled(wait)
    return Attempt(known, if_known if is_known else otherwise)


def network(peer: str) -> str:
    """What counts as one place: an IPv4 address, an IPv6 /64."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return "elsewhere"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False).network_address) + "/64"
    return str(address)


def forget() -> None:
    """Start afresh (tests)."""
    global _shared, _shared_again_at
    _local.clear()
    _shared, _shared_again_at = None, 0.0


def _short(address: str) -> str:
    return hashlib.sha256(address.encode(errors="replace")).hexdigest()[:24]


# --- on this process's own shelf ----------------------------------------------------------------------------


class LocalShelf:
    """Buckets in a dictionary, the least used evicted: for when Redis is away."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._known: OrderedDict[str, float] = OrderedDict()

    def take(self, known: str, buckets_if_known: list[Bucket], buckets: list[Bucket]) -> tuple[bool, float]:
        with self._lock:
            now = self._clock()
            is_known = self._known.get(known, 0.0) > now
            chosen = buckets_if_known if is_known else buckets
            levels = [self._level(bucket, now) for bucket in chosen]
            waits = [
                (1 - level) * 60 / bucket.limit.per_minute
                for level, bucket in zip(levels, chosen, strict=True)
                if level < 1
            ]
            if waits:
                return is_known, max(waits)
            for level, bucket in zip(levels, chosen, strict=True):
                self._put(bucket.key, level - 1, now)
            return is_known, 0.0

    def give_back(self, buckets: list[Bucket]) -> None:
        with self._lock:
            now = self._clock()
            for bucket in buckets:
                self._put(bucket.key, min(bucket.limit.burst, self._level(bucket, now) + 1), now)

    def remember(self, known: str) -> None:
        with self._lock:
            self._known[known] = self._clock() + KNOWN_SECONDS
            self._known.move_to_end(known)
            if len(self._known) > LOCAL_ENTRIES:
                self._known.popitem(last=False)

    def clear(self) -> None:
        """Empty all buckets' memory."""
        with self._lock:
            self._levels.clear()
            self._known.clear()

    def _level(self, bucket: Bucket, now: float) -> float:
        level, since = self._levels.get(bucket.key, (float(bucket.limit.burst), now))
        return min(bucket.limit.burst, level + (now - since) * bucket.limit.per_minute / 60)

    def _put(self, key: str, level: float, now: float) -> None:
        self._levels[key] = (level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > LOCAL_ENTRIES:
            self._levels.popitem(last=False)


# --- on the shelf that all share ----------------------------------------------------------------------------

# KEYS: known, buckets if known…, buckets…   ARGV: how many of them if known, then burst and tokens a second
# of each
_TAKE = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local is_known = redis.call('EXISTS', KEYS[1])
local split = tonumber(ARGV[1])
local first, last = split + 2, #KEYS
if is_known == 1 then first, last = 2, split + 1 end
local wait, levels = 0, {}
for i = first, last do
  local burst, rate = tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])
  local saved = redis.call('HMGET', KEYS[i], 'level', 'since')
  local level = burst
  if saved[1] then level = math.min(burst, tonumber(saved[1]) + math.max(0, now - tonumber(saved[2])) *
  rate) end levels[i] = level if level < 1 then wait = math.max(wait, (1 - level) / rate) end
end
if wait == 0 then
  for i = first, last do
    local burst, rate = tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])
    redis.call('HSET', KEYS[i], 'level', tostring(levels[i] - 1), 'since', string.format('%.6f', now))
    redis.call('EXPIRE', KEYS[i], math.ceil(burst / rate) + 60)
  end
end
return {is_known, tostring(wait)}
"""

# KEYS: buckets…   ARGV: the burst of each
_GIVE_BACK = """
for i = 1, #KEYS do
  local level = redis.call('HGET', KEYS[i], 'level')
  if level then
    redis.call('HSET', KEYS[i], 'level', tostring(math.min(tonumber(ARGV[i]), tonumber(level) + 1)))
  end
end
"""


class RedisShelf:
    """Buckets in Redis, each step one script and therefore atomic."""

    def __init__(self, url: str) -> None:
        self._redis: redis.Redis = redis.Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT_SECONDS, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
        )
        self._take = self._redis.register_script(_TAKE)
        self._give_back = self._redis.register_script(_GIVE_BACK)

    def take(self, known: str, buckets_if_known: list[Bucket], buckets: list[Bucket]) -> tuple[bool, float]:
        all_buckets = [*buckets_if_known, *buckets]
        limits = [number for b in all_buckets for number in (b.limit.burst, b.limit.per_minute / 60)]
        answer = self._take(
            keys=[known, *(bucket.key for bucket in all_buckets)], args=[len(buckets_if_known), *limits]
        )
        is_known, wait = answer
        return bool(is_known), float(wait)

    def give_back(self, buckets: list[Bucket]) -> None:
        self._give_back(
            keys=[bucket.key for bucket in buckets], args=[bucket.limit.burst for bucket in buckets]
        )

    def remember(self, known: str) -> None:
        self._redis.set(known, 1, ex=KNOWN_SECONDS)


# --- which shelf --------------------------------------------------------------------------------------------

_local = LocalShelf()
_shared: RedisShelf | None = None
_shared_again_at = 0.0


def _first(step: Callable[[Shelf], tuple[bool, float]]) -> tuple[bool, float]:
    """Take from the shared shelf; from our own if that is away."""
    shared = _shared_shelf()
    if shared is not None:
        try:
            return step(shared)
        except redis.RedisError as problem:
            _pause(problem)
    return step(_local)


def _each(step: Callable[[Shelf], None]) -> None:
    """Good news goes to both shelves: the owner stays known when Redis is lost."""
    step(_local)
    shared = _shared_shelf()
    if shared is not None:
        try:
            step(shared)
        except redis.RedisError as problem:
            _pause(problem)


def _shared_shelf() -> RedisShelf | None:
    global _shared
    if not settings.REDIS_URL or time.monotonic() < _shared_again_at:
        return None
    if _shared is None:
        _shared = RedisShelf(settings.REDIS_URL)
    return _shared


def _pause(problem: Exception) -> None:
    global _shared_again_at
    _shared_again_at = time.monotonic() + REDIS_PAUSE_SECONDS
    logger.warning("throttle_alone reason=%s", type(problem).__name__)
