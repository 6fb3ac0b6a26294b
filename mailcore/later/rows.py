"""Reminder rows: made, found and forgotten under the account's lock, and told to whoever watches."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from django.db.models import Q

from mailcore import doorbell
from mailcore.changes import change
from mailcore.later.errors import TooSoon
from mailcore.models import AccountState, Reminder
from mailcore.store import writing

WAKE = "later.wake"
PLAN = "later.plan"
LONGEST_SECONDS = 5 * 366 * 86_400

Kind = Reminder.Kind
State = Reminder.State


def check(due: int) -> None:
    """A moment that lies ahead. Raises TooSoon."""
    now = time.time()
    if due <= now:
        raise TooSoon("That moment has passed already")
    if due > now + LONGEST_SECONDS:
        raise TooSoon("That is too far in the future")


def add(account_id: int, kind: str, due: int, **values: int) -> Reminder:
    """A new one, waiting."""
    with writing.account(account_id) as write:
        row = Reminder(id=write.new_id(), account_id=account_id, kind=kind, due=due, created=write.now)
        for name, value in values.items():
            setattr(row, name, value)
        row.save(force_insert=True)
    doorbell.ring(PLAN)
    return row


def save(row: Reminder, *fields: str) -> None:
    """Write these columns back."""
    with writing.account(row.account_id):
        row.save(update_fields=list(fields))
    if row.state == State.WAITING:
        doorbell.ring(PLAN)


def remove(account_id: int, ids: Iterable[int]) -> None:
    """They do not matter any more."""
    gone = list(ids)
    if gone:
        with writing.account(account_id):
            Reminder.objects.filter(account_id=account_id, id__in=gone).delete()


def of(account_id: int, conversation_ids: Collection[int]) -> list[Reminder]:
    """What is to be said about these conversations."""
    if not conversation_ids:
        return []
    found = Reminder.objects.filter(account_id=account_id, conversation_id__in=list(conversation_ids))
    return list(found.exclude(kind=Kind.SEND).order_by("id"))


def waiting(account_id: int, kind: str, conversation_ids: Collection[int]) -> dict[int, Reminder]:
    """Conversation → its reminder of that kind, if it waits for one."""
    return {
        row.conversation_id: row
        for row in Reminder.objects.filter(
            account_id=account_id,
            conversation_id__in=list(conversation_ids),
            kind=kind,
            state=State.WAITING,
        ).order_by("-id")
    }


def told(account_id: int, conversation_ids: Iterable[int]) -> None:
    """Open pages draw these conversations again."""
    numbers = ",".join(str(number) for number in sorted(set(conversation_ids)))
    if numbers:
        with writing.account(account_id) as write:
            write.changed(0, change.REMINDED, numbers)


def count_sleepers(account_id: int) -> None:
    """Note with the account whether new mail has anybody to wake."""
    sleepers = Q(account_id=account_id, kind=Kind.SNOOZE, state=State.WAITING)
    with writing.account(account_id):
        AccountState.objects.filter(account_id=account_id).update(
            has_sleepers=Reminder.objects.filter(sleepers).exists()
        )


def forget_old(account_id: int, before: int) -> int:
    """What came back long ago is news no more; how many there were."""
    with writing.account(account_id):
        old = Reminder.objects.filter(account_id=account_id, state=State.BACK, surfaced__lt=before)
        return int(old.delete()[0])
