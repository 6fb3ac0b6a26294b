"""What can go wrong with searches that are kept."""

from __future__ import annotations

from mailcore.store.errors import MailError


class SearchRefused(MailError):
    """A saved search that cannot be: without a name, one too many."""
