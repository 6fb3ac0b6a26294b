"""One mail transaction as the client sees it: what is to be sent, what was answered, what it came to. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailcore.outbound.content import Content
from mailcore.outbound.reply import Reply, ours


@dataclass(frozen=True, slots=True)
class Addressee:
    """One RCPT. `id` is the caller's; NOTIFY and ORCPT are passed on as they came: RFC 3461 §4.1, §4.2."""

    id: int
    address: str
    notify: str = ""
    orcpt: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail transaction."""

    sender: str
    recipients: tuple[Addressee, ...]
    content: Content
    wants_utf8: bool = False  # its header may hold addresses in UTF-8
    ret: str = ""
    envid: str = ""

    @property
    def needs_utf8(self) -> bool:
        return (
            not self.sender.isascii()
            or any(not one.address.isascii() for one in self.recipients)
            or (self.wants_utf8 and self.content.header_is_8bit)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter: a reply per recipient, in their order, and what was said (bodies left out)."""

    letter: Letter
    replies: tuple[Reply, ...]
    transcript: tuple[str, ...]


class Announced:
    """A letter whose envelope has been said, and what was answered so far."""

    __slots__ = ("letter", "log", "mail", "rcpts")

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.log: list[str] = []
        self.mail: Reply | None = None
        self.rcpts: list[Reply] = []

    @property
    def has_accepted(self) -> bool:
        return (
            self.mail is not None and self.mail.is_positive and any(reply.is_positive for reply in self.rcpts)
        )

    def settled(self, final: Reply) -> list[Reply]:
        """A reply per recipient: its own refusal, or what was said to all of them in the end."""
        if self.mail is not None and not self.mail.is_positive:
            return [self.mail] * len(self.letter.recipients)
        if final.is_positive and final.code == 354:
            final = ours(451, "4.5.0", "the peer accepted no recipient")
        replies = list(self.rcpts)
        replies += [final] * (len(self.letter.recipients) - len(replies))
        return [final if reply.is_positive else reply for reply in replies]


def xtext(text: str) -> str:
    """RFC 3461 §4: printable ASCII but `+` and `=`; the rest as +HH."""
    return "".join(
        c if 33 <= ord(c) <= 126 and c not in "+=" else "".join(f"+{byte:02X}" for byte in c.encode())
        for c in text
    )


def from_xtext(text: str) -> str:
    """What was said as xtext; what is not xtext stays as it is."""
    return re.sub(
        "(?:\\+[0-9A-F]{2})+",
        lambda found: bytes.fromhex(found[0].replace("+", "")).decode("utf-8", "replace"),
        text,
    )


def orcpt(address: str) -> str:
    """ORCPT for an address: RFC 3461 §4.2; nothing for one beyond ASCII, which many would refuse (RFC 6533 §3)."""
    return f"rfc822;{xtext(address)}" if address.isascii() else ""
