"""The table: what went wrong → the answer. RFC 1939 §3, RFC 2449 §8, RFC 3206."""

from __future__ import annotations

import logging

from mailcore.identity import errors as identity
from mailcore.pop3.wire import Malformed
from mailcore.store import errors as store

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A command is answered with `-ERR` and nothing else happens."""

    def __init__(self, text: str, code: str = "", *, closes: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.closes = closes


TABLE: list[tuple[type[Exception], Refused]] = [
    (identity.Throttled, Refused("Too many failed logins, try again later", "SYS/TEMP")),
    (identity.BadCredentials, Refused("Authentication failed", "AUTH")),
    (identity.SaslMalformed, Refused("Malformed authentication exchange")),
    (identity.SaslCancelled, Refused("Authentication cancelled")),
    (identity.MechanismUnknown, Refused("Unknown authentication mechanism")),
    (identity.EncryptionRequired, Refused("Encryption required, STLS first")),
    (store.TemporaryFailure, Refused("Temporary failure, try again later", "SYS/TEMP")),
    (store.NotFound, Refused("That message is gone", "SYS/TEMP")),
    (store.MailError, Refused("That cannot be done", "SYS/PERM")),
]


def translated(error: Exception, session_id: str) -> Refused:
    """The answer to an error; what nobody foresaw is logged."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, Malformed):
        return Refused(str(error))
    for kind, refusal in TABLE:
        if isinstance(error, kind):
            return refusal
    logger.exception("failed session=%s", session_id, exc_info=error)
    return Refused("Internal error, try again later", "SYS/TEMP")
