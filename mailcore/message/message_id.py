"""Message-IDs: RFC 5322 §3.6.4."""

from __future__ import annotations

from base64 import b32encode

from mailcore.message.references import MAX_ID, message_ids


def read(value: str) -> str:
    """The id of a Message-ID body, without brackets; "" if there is none."""
    found = message_ids(value[: MAX_ID * 2])
    return found[0] if found else ""


def mint(unique: bytes, domain: str) -> str:
    """An id from random bytes of the caller (16 or more) and the domain that answers for it, without brackets."""
    left = b32encode(unique).decode("ascii").rstrip("=").lower()
    right = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    return f"{left}@{right}"
