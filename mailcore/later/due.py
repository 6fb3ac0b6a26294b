"""Do what is due, whoever asks and however often: each row is looked at again under its account's lock."""

from __future__ import annotations

import logging
import time

from django.db import connection

from mailcore.later import follow_up, rows, sending, snooze
from mailcore.later.rows import Kind
from mailcore.models import Account, AccountState
from mailcore.store.errors import MailError

log = logging.getLogger(__name__)

BATCH = 200
SHOWN_SECONDS = 30 * 86_400  # for how long something that came back says so


def run() -> int:
    """Everything that is due, of all accounts; how many rows that were."""
    done = 0
    failed: set[int] = set()
    while found := [item for item in _due(BATCH + len(failed)) if item[0] not in failed]:
        for row_id, account_id, kind, conversation_id in found:
            try:
                _do(row_id, account_id, kind, conversation_id)
                done += 1
            except MailError as problem:  # the next look tries again
                log.warning("not-done kind=%s reminder=%d reason=%r", kind, row_id, str(problem)[:200])
            except Exception:  # one broken row must not keep the others asleep
                log.exception("not-done kind=%s reminder=%d", kind, row_id)
            failed.add(row_id)
    return done


def next_after(now: int) -> int | None:
    """When the next row becomes due that is not due yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(d.due) FROM mailcore_reminder d WHERE d.state = 'waiting' AND d.due > %s", [now]
        )
        row = cursor.fetchone()
    return row[0] if row else None


def became_due(since: int, now: int) -> bool:
    """Whether anything that waits became due after `since`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM mailcore_reminder d"
            " WHERE d.state = 'waiting' AND d.due > %s AND d.due <= %s LIMIT 1",
            [since, now],
        )
        return cursor.fetchone() is not None


def forget_old() -> None:
    """Upkeep: what came back long ago, letters that are gone."""
    before = int(time.time()) - SHOWN_SECONDS
    for account_id in AccountState.objects.values_list("account_id", flat=True).iterator():
        rows.forget_old(account_id, before)
        sending.forget_gone(account_id)


def _due(limit: int) -> list[tuple[int, int, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, d.account_id, d.kind, d.conversation_id FROM mailcore_reminder d"
            " WHERE d.state = 'waiting' AND d.due <= %s ORDER BY d.due, d.id LIMIT %s",
            [int(time.time()), limit],
        )
        return list(cursor.fetchall())


def _do(row_id: int, account_id: int, kind: str, conversation_id: int) -> None:
    if kind == Kind.SEND:
        sending.release(account_id, row_id)
    elif kind == Kind.SNOOZE:
        snooze.wake(account_id, [conversation_id])
    else:
        account = Account.objects.filter(pk=account_id).first()
        if account is not None:
            follow_up.end(account, row_id)
        else:
            rows.remove(account_id, [row_id])
