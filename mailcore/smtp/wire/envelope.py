"""Who sent a message to whom, and what they asked of us: RFC 5321 §2.3.1, with DSN requests (RFC 3461)."""

from __future__ import annotations

from dataclasses import dataclass

from mailcore.smtp.wire.path import Address

NOTIFY_WORDS = ("NEVER", "SUCCESS", "FAILURE", "DELAY")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One forward-path; `notify` is NOTIFY as given ('' = the default), `orcpt` is ORCPT as given."""

    address: Address
    notify: str = ""
    orcpt: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A whole envelope; `ret` is '' | 'FULL' | 'HDRS', `envid` decoded xtext, `body` '7BIT' | '8BITMIME'."""

    sender: Address
    recipients: tuple[Recipient, ...]
    ret: str = ""
    envid: str = ""
    body: str = "7BIT"
    is_utf8: bool = False
