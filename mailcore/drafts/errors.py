"""What can go wrong while writing; the texts are for the writer."""

from __future__ import annotations

from collections.abc import Sequence

from mailcore.store.errors import MailError


class ChangedElsewhere(MailError):
    """Another window saved the same draft since this one read it."""

    def __init__(self) -> None:
        super().__init__("This draft was changed in another window")


class AlreadySent(MailError):
    """The draft is on its way."""

    def __init__(self) -> None:
        super().__init__("This message has been sent already")


class NobodyToSendTo(MailError):
    """No recipient at all."""

    def __init__(self) -> None:
        super().__init__("Please say who should get this message")


class AddressesWrong(MailError):
    """Some of what was typed is no address, or nobody's here."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__("Not a mail address: " + ", ".join(addresses))
        self.addresses = tuple(addresses)


class SenderNotYours(MailError):
    """A From that does not belong to the account (SECURITY A22)."""

    def __init__(self) -> None:
        super().__init__("You cannot write in that name")


class TooManyFiles(MailError):
    """More attachments than a message may have."""


class TemplateRefused(MailError):
    """A template without a name, too long, or one too many."""
