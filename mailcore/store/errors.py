"""What can go wrong in the engine, in its own words; each protocol has one table from these to its replies."""

from __future__ import annotations


class MailError(Exception):
    """Anything a door must translate for its peer. The text may be shown to the peer."""


class NotFound(MailError):
    """A row that was asked for by id is not there, or is not of this account."""


class MailboxNotFound(NotFound):
    """No mailbox of that name."""


class MailboxExists(MailError):
    """The name is taken."""


class NameInvalid(MailError):
    """A mailbox cannot be called that."""


class NotPermitted(MailError):
    """Understood, but not allowed: deleting INBOX, someone else's mailbox."""


class QuotaExceeded(MailError):
    """There is no room. `never_fits`: not even in an empty account."""

    def __init__(self, text: str = "Mailbox is full", *, never_fits: bool = False) -> None:
        super().__init__(text)
        self.never_fits = never_fits


class MessageTooBig(MailError):
    """Over MAIL_MAX_MESSAGE_BYTES."""


class TemporaryFailure(MailError):
    """Ours to mend, and the peer should try again: disk full, database away, storage down."""
