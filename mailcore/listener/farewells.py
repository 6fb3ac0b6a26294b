"""What a client hears when the listener, not its protocol's handler, ends the session."""

from __future__ import annotations

from mailcore.dialogue import ClientGone
from mailcore.listener.connection import ShuttingDown, TimedOut


class TooMany(Exception):
    """The address or the account has as many sessions as it may have."""


_WORDS: dict[type[BaseException], dict[str, str]] = {
    # RFC 5321 §3.8 and §4.5.3.2; RFC 9051 §7.1.5 and §5.4; RFC 3206 §4
    TimedOut: {
        "smtp": "421 4.4.2 {host} Timeout, closing connection",
        "imap": "* BYE Too long without a command; closing connection",
        "pop3": "-ERR [SYS/TEMP] Too long without a command; closing connection",
    },
    ShuttingDown: {
        "smtp": "421 4.3.2 {host} Service is restarting, come back in a moment",
        "imap": "* BYE [UNAVAILABLE] Server is restarting, come back in a moment",
        "pop3": "-ERR [SYS/TEMP] Server is restarting, come back in a moment",
    },
    TooMany: {
        "smtp": "421 4.7.0 {host} Too many connections from you",
        "imap": "* BYE [LIMIT] Too many connections from you",
        "pop3": "-ERR [IN-USE] Too many connections from you",
    },
    ClientGone: {},
    Exception: {
        "smtp": "421 4.3.0 {host} Internal error, closing connection",
        "imap": "* BYE [SERVERBUG] Internal error, closing connection",
        "pop3": "-ERR [SYS/TEMP] Internal error, closing connection",
    },
}


def farewell(protocol: str, problem: BaseException, host: str) -> bytes:
    """The last line for a session that ends with `problem`; empty when nobody can hear it."""
    for kind, words in _WORDS.items():
        if isinstance(problem, kind):
            text = words.get(protocol, "")
            return text.format(host=host).encode() + b"\r\n" if text else b""
    return b""
