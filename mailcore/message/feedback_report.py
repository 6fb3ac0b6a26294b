"""A complaint about a message, made by a machine for a reader: message/feedback-report, RFC 5965."""

from __future__ import annotations

from dataclasses import dataclass

from mailcore.message import headers

MAX_OCTETS = 64 * 1024
MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """RFC 5965 §3: what kind of complaint, who tells it, and about what."""

    type: str  # abuse, fraud, virus, not-spam, auth-failure, other; "" if it is no report
    reporter: str  # User-Agent
    source_address: str
    recipients: tuple[str, ...]  # Original-Rcpt-To
    domain: str


def parse(body: bytes) -> FeedbackReport:
    """Read the decoded body. Never raises."""
    found: dict[str, list[str]] = {}
    for one in headers.fields(body[:MAX_OCTETS].strip(b"\r\n") + b"\r\n\r\n"):
        values = found.setdefault(one.name.lower(), [])
        if len(values) < MOST_VALUES:
            values.append(one.text[:500])
    first = {name: values[0] for name, values in found.items()}
    return FeedbackReport(
        type=first.get("feedback-type", "").lower(),
        reporter=first.get("user-agent", ""),
        source_address=first.get("source-ip", ""),
        recipients=tuple(address.strip("<> ") for address in found.get("original-rcpt-to", [])),
        domain=first.get("reported-domain", ""),
    )
