"""What can be wrong with a person."""

from __future__ import annotations

from mailcore.store.errors import MailError


class NobodyThere(MailError):
    """A card without a name, an address or a number."""


class NotAPicture(MailError):
    """A photo that is none, is too big, or is a trap."""


class NoCards(MailError):
    """A file in which there is nobody."""
