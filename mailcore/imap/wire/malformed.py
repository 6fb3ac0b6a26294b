"""What the client said does not parse: RFC 9051 §7.1.3 (BAD)."""

from __future__ import annotations


class Malformed(Exception):
    """The arguments of a command are not what its grammar says; the text is for the client."""


class NumbersForbidden(Malformed):
    """Message numbers, in a session that wants to hear of UIDs only (RFC 9586 §3): BAD [UIDREQUIRED]."""

    def __init__(self) -> None:
        super().__init__("Message numbers are not used in this session")
