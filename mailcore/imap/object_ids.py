"""Object identifiers: row ids as clients see them. RFC 8474 §4, RFC 8474 §5."""

from __future__ import annotations

import re

_WRITTEN = re.compile(r"([FMT])([0-9a-f]{1,16})")


def mailbox_id(number: int) -> str:
    """MAILBOXID."""
    return f"F{number:x}"


def email_id(number: int) -> str:
    """EMAILID: the message, in whatever mailbox it is."""
    return f"M{number:x}"


def thread_id(number: int) -> str:
    """THREADID: the conversation."""
    return f"T{number:x}"


def number_of(text: str, kind: str) -> int | None:
    """The row id behind an identifier of that kind; None if it cannot be one of ours."""
    found = _WRITTEN.fullmatch(text)
    if not found or found[1] != kind:
        return None
    number = int(found[2], 16)
    return number if number < 1 << 63 else None
