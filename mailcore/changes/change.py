"""The kinds of change and how their details are written."""

from __future__ import annotations

from collections.abc import Iterable

ADDED = "added"  # detail: UIDs
FLAGS = "flags"  # detail: UIDs
EXPUNGED = "expunged"  # detail: UIDs
MAILBOX_CREATED = "created"
MAILBOX_RENAMED = "renamed"  # detail: the old name
MAILBOX_DELETED = "deleted"
MAILBOX_SUBSCRIBED = "subscribed"  # detail: 1 or 0
REMINDED = "reminded"  # something is to happen at another time, or happened; detail: conversations
RELAYED = "relayed"  # what became of an attempt to send; detail: OutboundMessages
THREADED = "threaded"  # conversations were merged; detail: the one that stays


def print_uids(uids: Iterable[int]) -> str:
    """Ascending UIDs as `1:3,7`, the way IMAP writes them (RFC 9051 §4.1.1)."""
    ranges: list[str] = []
    first = last = -1
    for uid in uids:
        if uid == last + 1:
            last = uid
            continue
        if first > 0:
            ranges.append(f"{first}:{last}" if last > first else str(first))
        first = last = uid
    if first > 0:
        ranges.append(f"{first}:{last}" if last > first else str(first))
    return ",".join(ranges)


def read_uids(text: str) -> list[tuple[int, int]]:
    """`1:3,7` → [(1, 3), (7, 7)]."""
    pairs = (item.partition(":") for item in text.split(",") if item)
    return [(int(low), int(high or low)) for low, _, high in pairs]
