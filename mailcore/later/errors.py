"""What cannot be put off; the texts are for the reader."""

from __future__ import annotations

from mailcore.store.errors import MailError


class TooSoon(MailError):
    """The moment is over, or in the far future."""


class NothingToSnooze(MailError):
    """The conversation has no message that could leave a list."""


class NoLongerScheduled(MailError):
    """The letter has left, or was taken back, meanwhile."""

    def __init__(self) -> None:
        super().__init__("This message is not scheduled any more")
