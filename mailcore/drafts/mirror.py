"""The copy of a draft that other clients see in \\Drafts. Each is a newer version of one message."""

from __future__ import annotations

from datetime import UTC, datetime

from mailcore.drafts import build, rows
from mailcore.message.summary import summarize
from mailcore.models import Account, Draft, Entry
from mailcore.models.entry import DRAFT, SEEN
from mailcore.models.mailbox import DRAFTS
from mailcore.store import mailboxes, messages, writing

# A draft with more attached than this is mirrored when its window closes or a file changes, not as it is typed.
AS_TYPED_BYTES = 512 << 10


def is_light(draft: Draft) -> bool:
    """Cheap enough to be written again with every pause in typing."""
    return sum(file.size for file in rows.files(draft)) <= AS_TYPED_BYTES


def mirror(account: Account, draft: Draft) -> Draft:
    """Bring \\Drafts up to date."""
    mailbox = mailboxes.special(account.pk, DRAFTS)
    with build.upload(account, draft, rows.files(draft), with_bcc=True) as octets:
        summary = summarize(octets.buffer(), datetime.now(UTC))
        stored = octets.finish()
    arrival = messages.Arrival(account.pk, mailbox.id, stored, summary, flags=SEEN | DRAFT)
    with writing.account(account.pk):
        current = rows.of(account.pk, draft.id)
        old = current.mirror_uid if current.mirror_mailbox_id == mailbox.id else None
        if old is not None and not _lives(account.pk, mailbox.id, old):
            old = None
        appended = messages.replace(arrival, old)
        current.mirror_mailbox_id, current.mirror_uid = mailbox.id, appended.uid
        current.save(update_fields=["mirror_mailbox_id", "mirror_uid"])
    return current


def _lives(account_id: int, mailbox_id: int, uid: int) -> bool:
    return Entry.objects.filter(
        account_id=account_id, mailbox_id=mailbox_id, uid=uid, expunged=False
    ).exists()
