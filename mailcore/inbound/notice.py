"""A letter from the service to one of its users: their password was changed, say. RFC 3834 §5: nobody answers it."""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime

from django.conf import settings

from mailcore.message import addresses, compose, message_id
from mailcore.models import Account
from mailcore.models.mailbox import INBOX
from mailcore.store import mailboxes, messages
from mailcore.store.errors import MailError

log = logging.getLogger(__name__)


def deliver(account: Account, subject: str, text: str) -> bool:
    """Put it into the inbox; False when there is no room. What it tells about has happened either way."""
    letter = compose.Letter(
        sender=addresses.display(settings.MAIL_PRODUCT_NAME, f"postmaster@{account.domain}"),
        to=addresses.display(account.name, account.address),
        date=datetime.now(UTC),
        message_id=message_id.mint(secrets.token_bytes(16), settings.MAIL_HOSTNAME),
        subject=subject,
        text=text,
        extra=[("Auto-Submitted", "auto-generated")],
    )
    try:
        inbox = mailboxes.named(account.pk, INBOX)
        messages.append_bytes(account.pk, inbox.id, b"".join(compose.compose(letter)))
    except MailError as problem:
        log.warning("notice-not-delivered account=%d reason=%s", account.pk, type(problem).__name__)
        return False
    return True
