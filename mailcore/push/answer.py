"""What the buttons of a notification do, by a token that only the notification has."""

from __future__ import annotations

from django.core import signing

from mailcore.models import Entry, Mailbox
from mailcore.models.entry import SEEN
from mailcore.models.mailbox import ARCHIVE, INBOX
from mailcore.push import news
from mailcore.store import flags, mailboxes, messages

LASTS_SECONDS = 7 * 86_400
DEEDS = ("archive", "read")


class TokenInvalid(Exception):
    """Not ours, too old, or of another account."""


def act(account_id: int, token: str, deed: str) -> None:
    """Archive, or mark as read, what lies in the inbox of what was told. Raises TokenInvalid."""
    try:
        owner, conversation_id, message_ids = signing.loads(token, salt=news.SALT, max_age=LASTS_SECONDS)
    except (signing.BadSignature, ValueError) as problem:
        raise TokenInvalid from problem
    if owner != account_id or deed not in DEEDS:
        raise TokenInvalid
    inbox = mailboxes.named(account_id, INBOX)
    found = Entry.objects.filter(account_id=account_id, mailbox_id=inbox.id, expunged=False)
    if deed == "read":
        _read(inbox, list(found.filter(message_id__in=message_ids)))
    else:
        uids = sorted(found.filter(conversation_id=conversation_id).values_list("uid", flat=True))
        messages.move(inbox, uids, mailboxes.special(account_id, ARCHIVE))


def _read(inbox: Mailbox, entries: list[Entry]) -> None:
    unread = sorted(entry.uid for entry in entries if not entry.flags & SEEN)
    if unread:
        flags.add(inbox, unread, SEEN)
