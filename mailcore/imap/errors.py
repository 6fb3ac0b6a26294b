"""The table: what went wrong → NO or BAD, response code, words. RFC 9051 §7.1, RFC 5530.

Handlers raise, `dispatch` looks here. A row for a verb goes before the row for everybody.
"""

from __future__ import annotations

from django.db import DatabaseError

from mailcore.identity import errors as identity
from mailcore.imap.request import Done
from mailcore.imap.session import ReadOnly
from mailcore.imap.wire.mailbox_name import BadName
from mailcore.imap.wire.search_program import CHARSETS, BadCharset
from mailcore.store import errors as store


class Refused(Exception):
    """A refusal that a handler found itself; the text is for the client."""

    def __init__(self, text: str, code: bytes = b"") -> None:
        super().__init__(text)
        self.code = code


NO, BAD = "NO", "BAD"

# error, condition, code, words (None: the error's own)
ERRORS: tuple[tuple[type[Exception], str, bytes, str | None], ...] = (
    (store.MailboxNotFound, NO, b"NONEXISTENT", None),
    (store.NotFound, NO, b"NONEXISTENT", None),
    (store.MailboxExists, NO, b"ALREADYEXISTS", None),
    (store.NameInvalid, NO, b"CANNOT", None),
    (store.QuotaExceeded, NO, b"OVERQUOTA", None),
    (store.MessageTooBig, NO, b"TOOBIG", None),
    (store.NotPermitted, NO, b"CANNOT", None),
    (store.TemporaryFailure, NO, b"UNAVAILABLE", None),
    (identity.BadCredentials, NO, b"AUTHENTICATIONFAILED", None),
    (identity.Throttled, NO, b"LIMIT", None),
    (identity.EncryptionRequired, NO, b"PRIVACYREQUIRED", None),
    (identity.MechanismUnknown, NO, b"CANNOT", None),
    (identity.SaslCancelled, BAD, b"", None),
    (identity.SaslMalformed, BAD, b"", None),
    (identity.LoginRefused, NO, b"AUTHENTICATIONFAILED", None),
    (store.MailError, NO, b"CANNOT", None),
    (ReadOnly, NO, b"NOPERM", None),
    (BadName, NO, b"CANNOT", None),
    (BadCharset, NO, b"BADCHARSET (%s)" % " ".join(CHARSETS).encode(), "Unknown charset"),
    (DatabaseError, NO, b"UNAVAILABLE", "Try again later"),
)
TRYCREATE = {"APPEND", "COPY", "MOVE", "REPLACE"}  # RFC 9051 §6.3.12: CREATE might help


def answer(verb: str, problem: Exception) -> Done | None:
    """What to say; None for errors that nobody foresaw."""
    if isinstance(problem, Refused):
        return Done(str(problem), problem.code, NO)
    if isinstance(problem, store.MailboxNotFound) and verb in TRYCREATE:
        return Done(str(problem), b"TRYCREATE", NO)
    for error, condition, code, words in ERRORS:
        if isinstance(problem, error):
            return Done(str(problem) if words is None else words, code, condition)
    return None
