"""A Received field as its writer meant it: RFC 5321 §4.4, RFC 3848, and what real servers make of them.

Postfix, Exim, Sendmail, Exchange, Gmail and qmail each have a dialect: TLS stands in a comment, behind `with` or
nowhere, the peer's address in brackets, in parentheses or bare. The field is cut into clauses at its keywords, where
they stand outside of parentheses, and the clauses are searched for what we know. Never raises.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime

from mailcore.message import dates, headers

MAX_LENGTH = 4_000
MAX_FIELDS = 100
_KEYWORDS = ("from", "by", "via", "with", "id", "for")
_TOKEN = re.compile(r"[()]|;|[^\s();]+")
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]", re.IGNORECASE)
_BARE = re.compile(
    r"(?:^|[\s(])([0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?=[\s)]|$)"
)
_HELO = re.compile(r"\b(?:helo|ehlo)[= ]([^\s)]{1,255})", re.IGNORECASE)
_TLS = re.compile(r"\b(TLS|SSL)[ v_-]*v?([123](?:[._][0-3])?)\b", re.IGNORECASE)
_FOR = re.compile(r"<?([^\s<>()@]{1,64}@[^\s<>();]{1,255})>?")
_QMAIL = re.compile(r"\A\(qmail \d+ invoked (from network|by uid \d+|by alias|for bounce)\)", re.IGNORECASE)
_PROTOCOL = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Received:
    """One hop, as the server that took it wrote it down. What it did not say is "", what no date is None."""

    source: str = ""  # what the peer is called: by DNS, or by its own word
    address: str = ""  # the peer's IP address
    by: str = ""
    protocol: str = ""  # ESMTPS, LMTP, HTTP, local, ...; as RFC 3848 spells it where it is one of those
    tls: str = ""  # "TLS 1.3", or "TLS" where only that much is said
    id: str = ""
    recipient: str = ""
    at: datetime | None = None
    is_inside: bool = False  # handed on within one host or one site: no peer, or a private address

    @property
    def is_submission(self) -> bool:
        """Its author signed in (RFC 3848: the A), or wrote it in a browser."""
        return self.protocol in ("ESMTPA", "ESMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "HTTP", "HTTPS", "MAPI")


def read(value: str) -> Received:
    """The field's unfolded body."""
    value = value[:MAX_LENGTH]
    body, _, date = value.rpartition(";")
    if not body:  # there is no date
        body, date = value, ""
    at = dates.parse(date.strip()) if date else None
    queue = _QMAIL.match(body.strip())
    if queue is not None:
        return Received(
            protocol="local" if "uid" in queue[1] or "alias" in queue[1] else "SMTP", at=at, is_inside=True
        )
    clauses = _clauses(body)
    source, by = clauses.get("from", ""), clauses.get("by", "")
    address = _address(source)
    protocol = _protocol(clauses)
    recipient = _FOR.search(clauses.get("for", ""))
    return Received(
        source=_source(source),
        address=address,
        by=_first_word(by),
        protocol=protocol,
        tls=_tls(body, protocol),
        id=_first_word(clauses.get("id", "")),
        recipient=headers.visible(recipient[1]) if recipient else "",
        at=at,
        is_inside=not source or _is_private(address),
    )


def of(raw_header: bytes) -> list[Received]:
    """Every hop of a header, the oldest first."""
    found = []
    for name, value in headers.pairs(raw_header):
        if name.lower() == b"received":
            found.append(read(headers.unfold(value[:MAX_LENGTH])))
            if len(found) == MAX_FIELDS:
                break
    return found[::-1]


def return_path(raw_header: bytes) -> str:
    """The domain that the message was mailed from, as its last server wrote it down; "" for reports and unknowns."""
    for name, value in headers.pairs(raw_header):
        if name.lower() == b"return-path":
            return headers.unfold(value[:1000]).strip(" <>").rpartition("@")[2]
    return ""


def _clauses(body: str) -> dict[str, str]:
    """Keyword → what stands behind it, comments included. The first of two namesakes counts."""
    starts: list[tuple[str, int, int]] = []
    depth = 0
    for found in _TOKEN.finditer(body):
        token = found[0]
        if token == "(":
            depth += 1
        elif token == ")":
            depth = max(0, depth - 1)
        elif (
            not depth and token.lower() in _KEYWORDS and token.lower() not in {name for name, _, _ in starts}
        ):
            starts.append((token.lower(), found.start(), found.end()))
    ends = [start for _, start, _ in starts[1:]] + [len(body)]
    return {name: body[begin:end].strip() for (name, _, begin), end in zip(starts, ends, strict=False)}


def _first_word(clause: str) -> str:
    word = re.match(r"[^\s();]{1,255}", clause)
    return headers.visible(word[0]).strip("<>[],") if word else ""


def _source(clause: str) -> str:
    """By DNS if the server looked, else what the peer called itself."""
    first = _first_word(clause)
    known = re.search(r"\(([A-Za-z0-9][A-Za-z0-9.-]{0,253})\.? \[", clause)
    if known is not None and known[1].lower() != "unknown":
        return known[1].rstrip(".")
    helo = _HELO.search(clause)
    is_name = "." in first and not _is_address(first)
    if not is_name and helo is not None:
        return headers.visible(helo[1]).strip("[]")
    return first


def _address(clause: str) -> str:
    for pattern in (_BRACKETED, _BARE):
        for found in pattern.finditer(clause):
            if _is_address(found[1]):
                return found[1]
    return ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_private(address: str) -> bool:
    return bool(address) and not ipaddress.ip_address(address).is_global


def _protocol(clauses: dict[str, str]) -> str:
    said = clauses.get("with", "") or clauses.get("via", "")
    lowered = said.lower()
    if lowered.startswith("microsoft smtp server"):
        return "ESMTPS" if "tls" in lowered else "ESMTP"
    if lowered.startswith(("mapi", "http rest", "local")):
        return {"m": "MAPI", "h": "HTTP", "l": "local"}[lowered[0]]
    word = _PROTOCOL.match(said)
    if word is None:
        return ""
    name = word[0].upper()
    return "local" if name in ("LOCAL", "UUCP-LOCAL") else name[:20]


def _tls(body: str, protocol: str) -> str:
    found = _TLS.search(body)
    if found is not None:
        version = found[2].replace("_", ".")
        if found[1].upper() == "TLS" and version == "1":
            version = "1.0"
        return f"{found[1].upper()} {version}"
    is_secure = protocol.rstrip("A").endswith("SMTPS") or protocol in ("LMTPS", "LMTPSA", "HTTPS")
    return "TLS" if is_secure else ""
