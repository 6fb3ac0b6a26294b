"""Snooze: a conversation leaves its list, lies in \\Snoozed meanwhile, and comes back where it was.

Other mail programs see the mailbox "Snoozed" and may take messages out of it: what they moved away or deleted is
theirs, and does not come back by itself.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mailcore.later import rows
from mailcore.later.errors import NothingToSnooze
from mailcore.later.rows import Kind, State
from mailcore.models import Entry, Mailbox, Reminder
from mailcore.models.entry import DRAFT, SEEN
from mailcore.models.mailbox import DRAFTS, INBOX, JUNK, SCHEDULED, SENT, SNOOZED, TRASH
from mailcore.store import flags, mailboxes, messages, writing

MOST_AT_ONCE = 1_000
_STAYS = (JUNK, TRASH, DRAFTS, SCHEDULED)


@dataclass(frozen=True, slots=True)
class Asleep:
    """What `snooze` did to one conversation: `was_due` is 0 if it was awake before."""

    conversation_id: int
    due: int
    was_due: int = 0


def snooze(
    account_id: int, conversation_ids: Collection[int], due: int, mailbox_id: int | None = None
) -> list[Asleep]:
    """Put conversations to sleep until `due`, out of the mailbox they were chosen in (None: the inbox first).

    One that sleeps already gets the new time. Raises TooSoon, NothingToSnooze.
    """
    rows.check(due)
    target = mailboxes.special(account_id, SNOOZED)
    boxes = {box.id: box for box in mailboxes.listing(account_id)}
    done: list[Asleep] = []
    with writing.account(account_id):
        asleep = rows.waiting(account_id, Kind.SNOOZE, conversation_ids)
        for conversation_id in list(dict.fromkeys(conversation_ids))[:MOST_AT_ONCE]:
            row = asleep.get(conversation_id)
            found = _live(account_id, conversation_id, boxes)
            if row is None or not any(entry.mailbox_id == target.id for entry in found):
                if row is not None:
                    rows.remove(account_id, [row.id])
                origin = _leave(found, boxes, target, mailbox_id)
                if origin is None:
                    continue
                rows.remove(account_id, [old.id for old in rows.of(account_id, [conversation_id])])
                rows.add(account_id, Kind.SNOOZE, due, conversation_id=conversation_id, mailbox_id=origin.id)
                done.append(Asleep(conversation_id, due))
            else:
                done.append(Asleep(conversation_id, due, row.due))
                row.due = due
                rows.save(row, "due")
        rows.count_sleepers(account_id)
        rows.told(account_id, [item.conversation_id for item in done])
    if not done:
        raise NothingToSnooze("Nothing of this can be snoozed")
    return done


def unsnooze(account_id: int, conversation_ids: Collection[int]) -> list[int]:
    """Back at once, as they were: not unread, not on top. Which ones slept."""
    return _back(account_id, conversation_ids, is_news=False)


def undo(account_id: int, done: Iterable[Asleep]) -> None:
    """As if `snooze` had not been: awake again, or asleep until the time it had before."""
    done = list(done)
    unsnooze(account_id, [item.conversation_id for item in done if not item.was_due])
    with writing.account(account_id):
        again = rows.waiting(account_id, Kind.SNOOZE, [item.conversation_id for item in done if item.was_due])
        for item in done:
            if (row := again.get(item.conversation_id)) is not None:
                row.due = item.was_due
                rows.save(row, "due")
        rows.told(account_id, again)


def wake(account_id: int, conversation_ids: Collection[int]) -> list[int]:
    """Their time has come: back where they were, unread, on top of the list. Which ones slept."""
    return _back(account_id, conversation_ids, is_news=True)


def asleep(account_id: int, limit: int = 500) -> list[Reminder]:
    """What sleeps, the first to wake first."""
    found = Reminder.objects.filter(account_id=account_id, kind=Kind.SNOOZE, state=State.WAITING)
    return list(found.order_by("due", "id")[:limit])


def _back(account_id: int, conversation_ids: Collection[int], *, is_news: bool) -> list[int]:
    with writing.account(account_id) as write:
        sleeping = rows.waiting(account_id, Kind.SNOOZE, conversation_ids)
        if is_news:  # somebody may have chosen another time a moment ago
            sleeping = {number: row for number, row in sleeping.items() if row.due <= time.time()}
        if not sleeping:
            return []
        boxes = {box.id: box for box in mailboxes.listing(account_id)}
        for row in sleeping.values():
            origin = boxes.get(row.mailbox_id) or mailboxes.named(account_id, INBOX)
            came = bring(account_id, row.conversation_id, boxes, origin)
            if came and is_news:
                unread(came, origin)
                row.state, row.surfaced, row.mailbox_id = State.BACK, max(row.due, write.now), origin.id
                rows.save(row, "state", "surfaced", "mailbox_id")
            else:  # it was taken out of Snoozed by somebody else, and that counts
                rows.remove(account_id, [row.id])
        # The same conversation twice, since two have become one.
        rows.remove(account_id, [row.id for row in rows.waiting(account_id, Kind.SNOOZE, sleeping).values()])
        rows.count_sleepers(account_id)
        rows.told(account_id, sleeping)
    return list(sleeping)


def bring(account_id: int, conversation_id: int, boxes: dict[int, Mailbox], target: Mailbox) -> list[Entry]:
    """Move what lies in Snoozed to `target`; the entries as they are there now, oldest first."""
    for entry_box in [box for box in boxes.values() if box.special_use == SNOOZED]:
        uids = [
            entry.uid
            for entry in _live(account_id, conversation_id, boxes)
            if entry.mailbox_id == entry_box.id
        ]
        if uids:
            moved = messages.move(entry_box, uids, target)
            found = Entry.objects.filter(
                account_id=account_id, mailbox_id=target.id, uid__in=moved.new_uids, expunged=False
            )
            return list(found.order_by("received", "id"))
    return []


def unread(came: list[Entry], target: Mailbox) -> None:
    """The newest of them is to be read again."""
    if came and came[-1].flags & SEEN:
        flags.remove(target, [came[-1].uid], SEEN)


def _live(account_id: int, conversation_id: int, boxes: dict[int, Mailbox]) -> list[Entry]:
    found = Entry.objects.filter(account_id=account_id, conversation_id=conversation_id, expunged=False)
    return [entry for entry in found.order_by("received", "id") if entry.mailbox_id in boxes]


def _leave(
    found: list[Entry], boxes: dict[int, Mailbox], target: Mailbox, mailbox_id: int | None
) -> Mailbox | None:
    """Move the conversation's entries to Snoozed; where they belong, None if nothing can leave."""
    movable = [
        entry
        for entry in found
        if boxes[entry.mailbox_id].special_use not in (*_STAYS, SENT, SNOOZED) and not entry.flags & DRAFT
    ]
    inbox = next(box for box in boxes.values() if box.name == INBOX)
    if not movable and any(entry.mailbox_id == target.id for entry in found):
        return inbox  # another mail program put it there
    origin = _origin(movable, boxes, inbox, mailbox_id)
    if origin is not None:
        uids = sorted(entry.uid for entry in movable if entry.mailbox_id == origin.id)
        messages.move(origin, uids, target)
        return origin
    # All there is was sent: that stays where it is, and a copy will come to the inbox.
    sent = [entry for entry in found if boxes[entry.mailbox_id].special_use == SENT]
    if movable or not sent:
        return None
    messages.copy(boxes[sent[-1].mailbox_id], [sent[-1].uid], target)
    return inbox


def _origin(
    movable: list[Entry], boxes: dict[int, Mailbox], inbox: Mailbox, mailbox_id: int | None
) -> Mailbox | None:
    """The mailbox it was chosen in, else the inbox, else wherever its newest message lies."""
    lying = {entry.mailbox_id for entry in movable}
    if mailbox_id is not None and mailbox_id in lying:
        return boxes[mailbox_id]
    if inbox.id in lying:
        return inbox
    return boxes[movable[-1].mailbox_id] if movable else None
