"""The fields we put on top of a message: Return-Path, Delivered-To, Received. RFC 5321 §4.4, RFC 3848."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Hop:
    """How a message came to us. `peer` is an address, `helo` what it called itself (already checked)."""

    peer: str
    helo: str
    hostname: str
    protocol: str = "ESMTP"
    id: str = ""


def received(hop: Hop, recipient: str = "", at: datetime | None = None) -> bytes:
    """One Received field; `for` only where a single recipient sees it (RFC 5321 §7.2)."""
    lines = [f"Received: from {_word(hop.helo) or 'unknown'} ([{_literal(hop.peer)}])"]
    lines.append(
        f"\tby {_word(hop.hostname)} with {hop.protocol}" + (f" id {_word(hop.id)}" if hop.id else "")
    )
    if recipient:
        lines.append(f"\tfor <{_address(recipient)}>")
    when = format_datetime(at or datetime.now(UTC))
    return ("\r\n".join(lines) + f"; {when}\r\n").encode()


def delivery(sender: str, recipient: str) -> bytes:
    """What the last server adds for one recipient (RFC 5321 §4.4)."""
    return f"Return-Path: <{_address(sender)}>\r\n".encode() + delivered_to(recipient)


def delivered_to(address: str) -> bytes:
    """One Delivered-To field: the message has been here (RFC 9228)."""
    return f"Delivered-To: {_address(address)}\r\n".encode()


def _address(text: str) -> str:
    """Addresses were checked when they were read; this makes sure that none ever opens a line."""
    return "".join(character for character in text if character.isprintable())


def _word(text: str) -> str:
    return re.sub(r"[^\w.:\[\]@+-]", "", text)


def _literal(peer: str) -> str:
    host = re.sub(r"[^0-9A-Fa-f:.]", "", peer.partition("%")[0])
    return f"IPv6:{host}" if ":" in host else host
