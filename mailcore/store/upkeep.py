"""What time makes superfluous: old tombstones, messages in no mailbox, blobs that nobody names."""

from __future__ import annotations

import time

from django.conf import settings
from django.db import connection

from mailcore.changes import log as change_log
from mailcore.models import AccountState, Mailbox
from mailcore.store import blobs, mailboxes, writing
from mailcore.store.uidset import in_list

GRACE_SECONDS = 3600  # a session that has not been told of an EXPUNGE may still fetch the message


def forget_expunged(account_id: int, batch: int = 2000) -> int:
    """Delete messages whose last entry was expunged a while ago; how many there were.

    Their entries stay as tombstones until `forget_tombstones`.
    """
    limit = int(time.time()) - GRACE_SECONDS
    removed = 0
    while True:
        with writing.account(account_id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT m.id FROM mailcore_message m WHERE m.account_id = %s AND NOT EXISTS (SELECT 1 FROM"
                " mailcore_entry e WHERE e.account_id = m.account_id AND e.message_id = m.id AND NOT e.expunged)"
                " AND NOT EXISTS (SELECT 1 FROM mailcore_change c WHERE c.account_id = m.account_id"
                "  AND c.kind IN ('expunged', 'deleted') AND c.happened > %s)"
                " LIMIT %s",
                [account_id, limit, batch],
            )
            gone = [row[0] for row in cursor.fetchall()]
            if not gone:
                return removed
            condition, numbers = in_list("id", gone)
            cursor.execute(
                f"DELETE FROM mailcore_message WHERE account_id = %s AND {condition}", [account_id, numbers]
            )
            cursor.execute(
                "DELETE FROM mailcore_conversation WHERE account_id = %s AND NOT EXISTS (SELECT 1 FROM"
                " mailcore_entry e WHERE e.account_id = mailcore_conversation.account_id"
                " AND e.conversation_id = mailcore_conversation.id AND NOT e.expunged)"
                " AND NOT EXISTS (SELECT 1 FROM mailcore_anchor a WHERE a.account_id ="
                " mailcore_conversation.account_id AND a.conversation_id = mailcore_conversation.id)",
                [account_id],
            )
            removed += len(gone)


def forget_tombstones(account_id: int) -> None:
    """Drop tombstones and changes older than MAIL_TOMBSTONE_DAYS, and mailboxes that were deleted by then."""
    oldest = int(time.time()) - settings.MAIL_TOMBSTONE_DAYS * 86_400
    with writing.account(account_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(modseq) FROM mailcore_change WHERE account_id = %s AND happened < %s",
            [account_id, oldest],
        )
        modseq = cursor.fetchone()[0]
        if modseq is None:
            return
        cursor.execute(
            "DELETE FROM mailcore_entry WHERE account_id = %s AND expunged AND modseq <= %s",
            [account_id, modseq],
        )
        change_log.prune(account_id, settings.MAIL_TOMBSTONE_DAYS)
    for mailbox_id in Mailbox.objects.filter(account_id=account_id, deleted_modseq__lte=modseq).values_list(
        "id", flat=True
    ):
        mailboxes.bury(account_id, mailbox_id)


def run() -> dict[str, int]:
    """All of it, for every account; what was removed."""
    messages = 0
    for account_id in AccountState.objects.values_list("account_id", flat=True).iterator():
        messages += forget_expunged(account_id)
        forget_tombstones(account_id)
    return {
        "messages": messages,
        "blobs": blobs.collect_garbage(),
        "orphans": blobs.collect_orphans(),
        "uploads": blobs.sweep_uploads(),
    }
