"""Why a message that was read to its end is not taken."""

from __future__ import annotations

from mailcore.store.errors import MailError


class RecipientUnknown(MailError):
    """Nobody here has that address."""


class LoopDetected(MailError):
    """The message has been round too often, or has been here before (RFC 5321 §6.3)."""


class Malformed(MailError):
    """Not a message that may leave again: bare CR or LF (RFC 5321 §2.3.8)."""
