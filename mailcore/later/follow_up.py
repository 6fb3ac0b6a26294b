"""Follow-up: a conversation comes back to the inbox unless somebody else has answered by then.

Whether somebody has is read from the mail when the time comes (and when anybody looks), so nothing can be missed.
Automatic answers (RFC 3834) and one's own letters do not count; one that was taken back or deleted is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailcore.identity import addresses as directory
from mailcore.later import rows, snooze
from mailcore.later.rows import Kind, State
from mailcore.message import addresses
from mailcore.models import Account, Draft, Entry, Mailbox, Message, Reminder
from mailcore.models.mailbox import DRAFTS, INBOX, JUNK, SCHEDULED, SENT, TRASH
from mailcore.store import mailboxes, messages, writing

DAYS = (1, 2, 3, 5, 7, 14)
_GONE = (TRASH, JUNK, DRAFTS, SCHEDULED)


def remind(account_id: int, conversation_id: int, due: int, message_id: int = 0) -> Reminder | None:
    """Wait for an answer to `message_id` (0: the newest message) until `due`; the newest wish counts.

    None if the conversation does not exist. Raises TooSoon.
    """
    rows.check(due)
    with writing.account(account_id):
        found = Message.objects.filter(account_id=account_id, conversation_id=conversation_id)
        last = found.filter(id=message_id).first() if message_id else found.order_by("id").last()
        if last is None:
            return None
        rows.remove(account_id, [row.id for row in _all(account_id, conversation_id)])
        row = rows.add(account_id, Kind.FOLLOW_UP, due, conversation_id=conversation_id, message_id=last.id)
        rows.told(account_id, [conversation_id])
    return row


def after_send(account: Account, draft: Draft, seconds: int) -> Reminder | None:
    """Wait for an answer to a letter that has just been sent. If the sending is undone, so is this."""
    if seconds <= 0 or draft.sent_mailbox_id is None or draft.sent_uid is None:
        return None
    copy = Entry.objects.filter(
        account_id=account.pk, mailbox_id=draft.sent_mailbox_id, uid=draft.sent_uid
    ).first()
    if copy is None:
        return None
    due = max(copy.received, copy.saved) + seconds
    return remind(account.pk, copy.conversation_id, due, copy.message_id)


def cancel(account_id: int, conversation_ids: Iterable[int]) -> list[int]:
    """Stop waiting. Which ones did."""
    with writing.account(account_id):
        waiting = rows.waiting(account_id, Kind.FOLLOW_UP, list(conversation_ids))
        rows.remove(account_id, [row.id for row in waiting.values()])
        rows.told(account_id, waiting)
    return list(waiting)


def is_answered(account: Account, row: Reminder) -> bool:
    """Whether somebody else wrote in the conversation after the letter that waits."""
    own = directory.names_of(account)
    later = Message.objects.filter(
        account_id=account.pk,
        conversation_id=row.conversation_id,
        id__gt=row.message_id,
        auto_submitted=False,
    )
    for number, sender in later.values_list("id", "sender"):
        person = addresses.parse_one(sender)
        is_own = person is not None and person.address.lower() in own
        if not is_own and _lies_somewhere(account.pk, number):
            return True
    return False


def end(account: Account, row_id: int) -> None:
    """The time has come: nothing to do, or back to the inbox it goes."""
    account_id = account.pk
    with writing.account(account_id) as write:
        row = Reminder.objects.filter(account_id=account_id, id=row_id, state=State.WAITING).first()
        if row is None or row.due > write.now:
            return
        boxes = {box.id: box for box in mailboxes.listing(account_id)}
        inbox = mailboxes.named(account_id, INBOX)
        if is_answered(account, row) or not _come(account_id, row, boxes, inbox):
            rows.remove(account_id, [row.id])
        else:
            asleep = rows.waiting(account_id, Kind.SNOOZE, [row.conversation_id])
            rows.remove(account_id, [other.id for other in asleep.values()])
            row.state, row.surfaced, row.mailbox_id = State.BACK, max(row.due, write.now), inbox.id
            rows.save(row, "state", "surfaced", "mailbox_id")
            rows.count_sleepers(account_id)
        rows.told(account_id, [row.conversation_id])


def _come(account_id: int, row: Reminder, boxes: dict[int, Mailbox], inbox: Mailbox) -> bool:
    """Bring the conversation to the inbox, from wherever it lies; False if it is gone."""
    entries = [
        entry
        for entry in Entry.objects.filter(
            account_id=account_id, conversation_id=row.conversation_id, expunged=False
        ).order_by("received", "id")
        if entry.mailbox_id in boxes and boxes[entry.mailbox_id].special_use not in _GONE
    ]
    if not any(entry.message_id == row.message_id for entry in entries):
        return False  # the letter was taken back, or thrown away
    came = snooze.bring(account_id, row.conversation_id, boxes, inbox) or [
        entry for entry in entries if entry.mailbox_id == inbox.id
    ]
    if not came:
        lying = entries[-1]
        box = boxes[lying.mailbox_id]
        # What was sent stays in Sent, what was archived comes out of the archive.
        carry = messages.copy if box.special_use == SENT else messages.move
        placed = carry(box, [lying.uid], inbox)
        came = list(Entry.objects.filter(account_id=account_id, mailbox_id=inbox.id, uid__in=placed.new_uids))
    snooze.unread(came, inbox)
    return True


def _lies_somewhere(account_id: int, message_id: int) -> bool:
    """An answer that was deleted was read before; one that is spam is none."""
    junk = mailboxes.special(account_id, JUNK)
    lying = Entry.objects.filter(account_id=account_id, message_id=message_id)
    return lying.exclude(mailbox_id=junk.id, expunged=False).exists()


def _all(account_id: int, conversation_id: int) -> list[Reminder]:
    return [row for row in rows.of(account_id, [conversation_id]) if row.kind == Kind.FOLLOW_UP]
