"""How much an account may keep, and how much it keeps (RFC 9208: STORAGE in units of 1,024 octets)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from mailcore.models import AccountState
from mailcore.store import writing
from mailcore.store.errors import QuotaExceeded


@dataclass(frozen=True, slots=True)
class Usage:
    """Octets used by live entries, and allowed; `allowed` 0 means no limit."""

    used: int
    allowed: int

    @property
    def left(self) -> int:
        """Octets that still fit; a very large number where there is no limit."""
        return max(0, self.allowed - self.used) if self.allowed else 1 << 62


def usage(account_id: int) -> Usage:
    """Where the account stands."""
    with connection.cursor() as cursor:  # plain SQL: every APPEND and RCPT asks
        cursor.execute(
            "SELECT used_bytes, quota_bytes FROM mailcore_accountstate WHERE account_id = %s", [account_id]
        )
        row = cursor.fetchone()
    return Usage(*row) if row else Usage(0, 0)


def allow(account_id: int, quota_bytes: int) -> None:
    """Set the limit; 0 lifts it. What is already there stays."""
    with writing.exclusive():
        AccountState.objects.filter(account_id=account_id).update(quota_bytes=max(0, quota_bytes))


def check_room(account_id: int, size: int) -> None:
    """Raise QuotaExceeded unless `size` more octets would fit now (the write itself checks again)."""
    now = usage(account_id)
    if size > now.left:
        raise QuotaExceeded(never_fits=0 < now.allowed < size)
