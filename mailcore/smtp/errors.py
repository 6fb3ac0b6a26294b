"""The table: what went wrong → the reply. RFC 5321 §4.2, RFC 3463, RFC 4954 §6."""

from __future__ import annotations

import logging

from mailcore.identity import errors as identity
from mailcore.inbound import errors as inbound
from mailcore.store import errors as store

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A command is answered with this and nothing else happens."""

    def __init__(self, code: int, enhanced: str, text: str, *, closes: bool = False) -> None:
        super().__init__(f"{code} {enhanced} {text}")
        self.code = code
        self.enhanced = enhanced
        self.text = text
        self.closes = closes


TABLE: list[tuple[type[Exception], Refused]] = [
    # domain error                  reply
    (identity.Throttled, Refused(454, "4.7.0", "Too many failed logins, try again later")),
    (identity.BadCredentials, Refused(535, "5.7.8", "Authentication failed")),
    (identity.SaslMalformed, Refused(501, "5.5.2", "Malformed authentication exchange")),
    (identity.SaslCancelled, Refused(501, "5.7.0", "Authentication cancelled")),
    (identity.MechanismUnknown, Refused(504, "5.5.4", "Unknown authentication mechanism")),
    (identity.EncryptionRequired, Refused(538, "5.7.11", "Encryption required, STARTTLS first")),
    (inbound.LoopDetected, Refused(554, "5.4.6", "The message is looping")),
    (inbound.RecipientUnknown, Refused(550, "5.1.1", "No such user here")),
    (inbound.Malformed, Refused(550, "5.6.0", "Message has bare CR or LF, lines must end with CR LF")),
    (store.MessageTooBig, Refused(552, "5.3.4", "Message too big")),
    (store.MailboxNotFound, Refused(450, "4.2.1", "Mailbox not available right now, try again later")),
    (store.TemporaryFailure, Refused(451, "4.3.0", "Temporary failure, try again later")),
    (store.NotPermitted, Refused(550, "5.7.1", "Not permitted")),
    (store.MailError, Refused(554, "5.3.0", "The message cannot be taken")),
]


def translated(error: Exception, session_id: str) -> Refused:
    """The reply to an error; what nobody foresaw is logged and deferred, never accepted and never lost."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, store.QuotaExceeded):
        if error.never_fits:
            return Refused(552, "5.2.2", "Message is bigger than the whole mailbox may be")
        return Refused(452, "4.2.2", "Mailbox full")
    for kind, refusal in TABLE:
        if isinstance(error, kind):
            if isinstance(error, store.TemporaryFailure):
                logger.error("deferred session=%s reason=%s", session_id, error)
            return refusal
    logger.exception("failed session=%s", session_id, exc_info=error)
    return Refused(451, "4.3.0", "Internal error, try again later")
