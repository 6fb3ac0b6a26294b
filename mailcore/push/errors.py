"""What cannot be subscribed; the texts are for the reader."""

from __future__ import annotations

from mailcore.store.errors import MailError


class SubscriptionRefused(MailError):
    """Not an address of a push service, or keys that are none."""
