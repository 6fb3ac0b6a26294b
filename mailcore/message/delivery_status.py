"""What became of a message, for each recipient: message/delivery-status, RFC 3464, RFC 6533; dispositions, RFC 8098."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailcore.message import headers

MAX_RECIPIENTS = 1000
MAX_OCTETS = 1_000_000
_EMPTY_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient's row. RFC 3464 §2.3."""

    address: str  # Final-Recipient
    original: str  # Original-Recipient
    action: str  # failed, delayed, delivered, relayed, expanded; "" if it is none of them
    status: str  # 5.1.1
    diagnostic: str
    remote: str  # Remote-MTA
    will_retry_until: str

    @property
    def is_failure(self) -> bool:
        return self.action == "failed" or (not self.action and self.status.startswith("5"))


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """A report: who says it, about which submission, and a row for each recipient. RFC 3464 §2.2."""

    reporting: str  # Reporting-MTA
    envelope_id: str
    arrived: str
    recipients: tuple[Recipient, ...]


_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})


def parse(body: bytes) -> DeliveryStatus:
    """Read the decoded body of a message/delivery-status. Never raises; junk has no rows."""
    blocks = _EMPTY_LINE.split(body[:MAX_OCTETS].strip(b"\r\n"))
    rows = [_values(block) for block in blocks[: MAX_RECIPIENTS + 1] if block.strip()]
    about: dict[str, str] = {}
    if rows and "final-recipient" not in rows[0]:
        about = rows.pop(0)
    return DeliveryStatus(
        reporting=_typed(about.get("reporting-mta", "")),
        envelope_id=about.get("original-envelope-id", ""),
        arrived=about.get("arrival-date", ""),
        recipients=tuple(
            _recipient(row) for row in rows if "final-recipient" in row or "original-recipient" in row
        ),
    )


def _recipient(row: dict[str, str]) -> Recipient:
    action = row.get("action", "").split(" ")[0].lower()
    diagnostic = _typed(row.get("diagnostic-code", ""))
    status = _STATUS.match(row.get("status", "")) or _ENHANCED.search(diagnostic)
    return Recipient(
        address=_typed(row.get("final-recipient", "")),
        original=_typed(row.get("original-recipient", "")),
        action=action if action in _ACTIONS else "",
        status=status[0] if status is not None else "",
        diagnostic=diagnostic,
        remote=_typed(row.get("remote-mta", "")),
        will_retry_until=row.get("will-retry-until", ""),
    )


def _values(block: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in headers.fields(block + b"\r\n\r\n"):
        found.setdefault(one.name.lower(), one.text[:2000])
    return found


def _typed(value: str) -> str:
    """`rfc822; ann@x.org`, `smtp; 550 no`: the type says how to read what follows, and everybody can."""
    kind, semicolon, rest = value.partition(";")
    text = rest.strip() if semicolon and " " not in kind.strip() else value.strip()
    if kind.strip().lower() in ("rfc822", "utf-8") and text.startswith("<") and text.endswith(">"):
        text = text[1:-1]
    return text


@dataclass(frozen=True, slots=True)
class Disposition:
    """What a reader did with a message: message/disposition-notification, RFC 8098 §3.2."""

    reader: str
    message_id: str
    disposition: str  # displayed, deleted, dispatched, processed
    is_automatic: bool


def parse_disposition(body: bytes) -> Disposition:
    """Read the decoded body of a read receipt."""
    found = _values(body[:MAX_OCTETS].strip(b"\r\n"))
    modes, _, kind = found.get("disposition", "").partition(";")
    return Disposition(
        reader=_typed(found.get("final-recipient", "")),
        message_id=found.get("original-message-id", "").strip("<> "),
        disposition=kind.partition("/")[0].strip().lower(),
        is_automatic="automatic-action" in modes.lower(),
    )
