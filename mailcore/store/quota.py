"""How much an account may keep, and how much it keeps (RFC 9208: STORAGE in units of 1,024 octets)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from mailcore.models import AccountState, Message
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

    @property
    def is_nearly_full(self) -> bool:
        """Time to say something."""
        return 0 < self.allowed * 9 <= self.used * 10


def usage(account_id: int) -> Usage:
    """Where the account stands."""
    with connection.cursor() as cursor:  # plain SQL: every APPEND and RCPT asks
        cursor.execute(
            "SELECT used_bytes, quota_bytes FROM mailcore_accountstate WHERE account_id = %s", [account_id]
        )
        row = cursor.fetchone()
    return Usage(*row) if row else Usage(0, 0)


@dataclass(frozen=True, slots=True)
class Big:
    """A message that takes much room."""

    message_id: int
    size: int
    received: int
    subject: str
    sender: str


def biggest(account_id: int, count: int) -> list[Big]:
    """The biggest messages, each once however many mailboxes it is in."""
    first = account_id << writing.ID_SHIFT
    with connection.cursor() as cursor:  # a walk along the account's part of the table: 40 ms at 100,000
        cursor.execute(
            "SELECT message_id, max(size) FROM mailcore_entry WHERE account_id = %s AND id BETWEEN %s AND %s"
            " AND NOT expunged AND size > 100000 GROUP BY message_id ORDER BY 2 DESC LIMIT %s",
            [account_id, first, first | 0xFFFFFFFF, count],
        )
        sizes = dict(cursor.fetchall())
    rows = Message.objects.filter(account_id=account_id, id__in=list(sizes)).only(
        "internaldate", "subject", "sender"
    )
    found = [Big(row.id, sizes[row.id], row.internaldate, row.subject, row.sender) for row in rows]
    return sorted(found, key=lambda big: -big.size)


def allow(account_id: int, quota_bytes: int) -> None:
    """Set the limit; 0 lifts it. What is already there stays."""
    with writing.exclusive():
        AccountState.objects.filter(account_id=account_id).update(quota_bytes=max(0, quota_bytes))


def check_room(account_id: int, size: int) -> None:
    """Raise QuotaExceeded unless `size` more octets would fit now (the write itself checks again)."""
    now = usage(account_id)
    if size > now.left:
        raise QuotaExceeded(never_fits=0 < now.allowed < size)
