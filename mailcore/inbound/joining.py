"""Put a message that came in pieces together, as a message of its own beside them. RFC 2046 §5.2.2."""

from __future__ import annotations

from datetime import UTC, datetime

from mailcore.message.summary import Summary, summarize
from mailcore.models import Anchor, Entry, Mailbox, Message
from mailcore.search import pieces
from mailcore.store import conversations, mailboxes, messages


def join(account_id: int, piece: Message) -> int | None:
    """The id of the whole message; the one from last time if there is one. None: pieces are missing."""
    raw = pieces.whole(account_id, piece)
    mailbox = _place(account_id, piece)
    if raw is None or mailbox is None:
        return None
    summary = summarize(raw, datetime.now(UTC))
    known = _known(account_id, summary)
    if known is not None:
        return known
    appended = messages.append_bytes(account_id, mailbox.id, raw, internaldate=piece.internaldate)
    return appended.message_id


def _known(account_id: int, summary: Summary) -> int | None:
    """The whole message, if it was put together before and is still there."""
    anchors = Anchor.objects.filter(account_id=account_id, key=conversations.key(summary.message_id))
    for conversation_id in anchors.values_list("conversation_id", flat=True) if summary.message_id else ():
        same = Message.objects.filter(
            account_id=account_id,
            conversation_id=conversation_id,
            message_id=summary.message_id,
            parts=summary.parts,
        )
        for message_id in same.values_list("id", flat=True)[:10]:
            if Entry.objects.filter(account_id=account_id, message_id=message_id, expunged=False).exists():
                return int(message_id)
    return None


def _place(account_id: int, piece: Message) -> Mailbox | None:
    """Where the piece is now."""
    entry = Entry.objects.filter(account_id=account_id, message_id=piece.id, expunged=False).first()
    return mailboxes.fresh(account_id, entry.mailbox_id) if entry else None
