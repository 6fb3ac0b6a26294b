"""When to try again, when to say so, when to give up: RFC 5321 §4.5.4.1. Pure.

Giving up needs both: enough time and enough tries. A clock that jumps a year ahead, or a machine that slept a
week, must not turn the whole queue into bounces (SECURITY F16).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """`delays`: seconds after the first, second, … failed attempt; the last one repeats."""

    delays: tuple[int, ...]
    expire_seconds: int
    warn_seconds: int = 4 * 3600

    def delay(self, attempts: int) -> int:
        """Seconds to wait after `attempts` failed attempts (one or more)."""
        return self.delays[min(max(attempts, 1), len(self.delays)) - 1]

    def is_over(self, age_seconds: int, attempts: int) -> bool:
        """Whether to give up after this failed attempt."""
        return age_seconds >= self.expire_seconds and attempts >= min(len(self.delays), self._tries_in_time())

    def is_late(self, age_seconds: int, attempts: int) -> bool:
        """Whether the sender deserves to hear that it takes longer than usual."""
        return age_seconds >= self.warn_seconds and attempts >= 2

    def _tries_in_time(self) -> int:
        """How many attempts fit before the expiry when nothing goes wrong with the clock."""
        spent = tries = 0
        while spent < self.expire_seconds and tries <= len(self.delays):
            tries += 1
            spent += self.delay(tries)
        return tries
