"""The table: what EHLO offers, and when. RFC 5321 §4.1.1.1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailcore.smtp.session import Session


@dataclass(frozen=True, slots=True)
class Extension:
    """One line of the answer to EHLO; `line` gives '' where it is not offered."""

    keyword: str
    standard: str
    line: Callable[[Session], str]


def _always(text: str) -> Callable[[Session], str]:
    return lambda session: text


EXTENSIONS = [
    #         keyword                standard     the line
    Extension("PIPELINING", "RFC 2920", _always("PIPELINING")),
    Extension("SIZE", "RFC 1870", lambda session: f"SIZE {session.policy.max_message_bytes}"),
    Extension("STARTTLS", "RFC 3207", lambda session: "STARTTLS" if session.can_encrypt else ""),
    Extension(
        "AUTH",
        "RFC 4954",
        lambda session: f"AUTH {' '.join(session.mechanisms)}" if session.mechanisms else "",
    ),
    Extension("8BITMIME", "RFC 6152", _always("8BITMIME")),
    Extension("SMTPUTF8", "RFC 6531", _always("SMTPUTF8")),
    Extension("ENHANCEDSTATUSCODES", "RFC 2034", _always("ENHANCEDSTATUSCODES")),
    Extension("CHUNKING", "RFC 3030", _always("CHUNKING")),
    Extension("DSN", "RFC 3461", _always("DSN")),
    Extension("HELP", "RFC 5321", _always("HELP")),
]


def offered(session: Session) -> list[str]:
    """The lines for this session, now."""
    return [line for extension in EXTENSIONS if (line := extension.line(session))]
