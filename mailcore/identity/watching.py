"""Open event streams end with the right to them: whoever takes a right away says so here, after the commit."""

from __future__ import annotations

from django.db import transaction

from mailcore.changes import wakeups
from mailcore.models import Delegation


def look_again(person_id: int) -> None:
    """This person's sessions changed: streams on their mail, and on mail given to them, look whether they may stay."""
    transaction.on_commit(lambda: _nudge(person_id))


def of_account(account_id: int) -> None:
    """Who may watch this account changed."""
    transaction.on_commit(lambda: wakeups.nudge(account_id))


def _nudge(person_id: int) -> None:
    given = Delegation.objects.filter(delegate_id=person_id).values_list("owner_id", flat=True)
    for account_id in (person_id, *given):
        wakeups.nudge(account_id)
