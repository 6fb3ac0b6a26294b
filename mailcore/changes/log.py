"""Read the change log. It is written by `store.writing`, in the transaction that makes the change."""

from __future__ import annotations

import time

from django.db import connection, transaction

from mailcore.models import Change


def since(account_id: int, modseq: int, limit: int = 1000) -> list[Change]:
    """What happened to this account's mail after `modseq`, oldest first."""
    return list(
        Change.objects.filter(account_id=account_id, modseq__gt=modseq).order_by("modseq", "id")[:limit]
    )


def modseq(account_id: int) -> int:
    """Where the account is now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT modseq FROM mailcore_accountstate WHERE account_id = %s", [account_id])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def reaches_back_to(account_id: int, modseq: int) -> bool:
    """Whether everything after `modseq` is still remembered: changes here, tombstones among the entries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(modseq) FROM mailcore_change WHERE account_id = %s", [account_id])
        oldest = cursor.fetchone()[0]
    return oldest is not None and oldest <= modseq + 1


def prune(account_id: int, older_than_days: int) -> int:
    """Forget changes that everybody has seen long ago; how many there were."""
    limit = int(time.time()) - older_than_days * 86_400
    with transaction.atomic():
        return Change.objects.filter(account_id=account_id, happened__lt=limit).delete()[0]
