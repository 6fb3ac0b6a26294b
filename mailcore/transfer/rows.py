"""Every write of a transfer's row, each under its account's lock."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from mailcore import doorbell
from mailcore.identity import vault
from mailcore.models import Transfer, TransferFolder
from mailcore.store import writing
from mailcore.store.errors import NotFound, NotPermitted

TASK = "transfer.run"
LEASE_SECONDS = 60
MOST_AT_ONCE = 5  # unfinished, of one account
CHOOSING_SECONDS = 3600  # a password waits no longer for a decision
UPLOADING_SECONDS = 86_400
SHOWN_SECONDS = 30 * 86_400
PURPOSE = "transfer"

State = Transfer.State
Kind = Transfer.Kind
OPEN = (State.UPLOADING, State.CHOOSING, State.WAITING, State.RUNNING)
WORKING = (State.WAITING, State.RUNNING)


# --- what the browser asks for ----------------------------------------------------------------------


def begin_file(account_id: int, name: str, size: int, into: str) -> Transfer:
    """A file of `size` octets will be uploaded; its messages go below the folder `into`. Raises NotPermitted."""
    return _begin(account_id, Kind.FILE, State.UPLOADING, name, {"into": into}, size=size)


def begin_server(
    account_id: int, name: str, server: Mapping[str, Any], password: str, folders: Any
) -> Transfer:
    """Another server let us in; which folders is still to be said. Raises NotPermitted."""
    options = {**server, "folders": folders}
    return _begin(account_id, Kind.IMAP, State.CHOOSING, name, options, secret=vault.seal(password, PURPOSE))


def _begin(
    account_id: int, kind: str, state: str, name: str, options: dict[str, Any], **values: Any
) -> Transfer:
    with writing.account(account_id) as write:
        if _of(account_id).filter(state__in=OPEN).count() >= MOST_AT_ONCE:
            raise NotPermitted("Too many at once")
        row = Transfer(
            id=write.new_id(),
            account_id=account_id,
            kind=kind,
            state=state,
            name=name[:320],
            created=write.now,
            updated=write.now,
            **values,
        )
        # Messages with a smaller number were here before: RowIds ascend.
        row.options = options | {"before": row.id}
        row.save(force_insert=True)
    return row


def listing(account_id: int) -> list[Transfer]:
    """The newest first."""
    return list(_of(account_id).order_by("-created", "-id")[:50])


def one(account_id: int, transfer_id: int) -> Transfer:
    """Raises NotFound."""
    found = _of(account_id).filter(id=transfer_id).first()
    if found is None:
        raise NotFound("That import is not here any more")
    return found


def received(row: Transfer, octets: int) -> None:
    """So much of the file is here; with all of it, it waits for a worker."""
    with writing.account(row.account_id) as write:
        row.received, row.updated = octets, write.now
        if row.received >= row.size:
            row.state = State.WAITING
        row.save(update_fields=["received", "updated", "state"])
    if row.state == State.WAITING:
        doorbell.ring(TASK)


def choose(row: Transfer, folders: Sequence[tuple[str, str]]) -> None:
    """These folders of the other server, each with ours that it goes to."""
    with writing.account(row.account_id) as write:
        fresh = one(row.account_id, row.id)
        if fresh.state != State.CHOOSING:
            raise NotFound("That import has begun already")
        fresh.options = {**fresh.options, "chosen": [list(pair) for pair in folders]}
        fresh.state, fresh.updated = State.WAITING, write.now
        fresh.save(update_fields=["options", "state", "updated"])
    doorbell.ring(TASK)


def again(row: Transfer) -> None:
    """One more try of a file that failed; nothing comes twice."""
    with writing.account(row.account_id) as write:
        _of(row.account_id).filter(id=row.id, state=State.FAILED, kind=Kind.FILE).update(
            state=State.WAITING, problem="", tries=0, leased_until=0, updated=write.now
        )
    doorbell.ring(TASK)


def cancel(row: Transfer) -> None:
    """Stop it. What came stays."""
    with writing.account(row.account_id) as write:
        _of(row.account_id).filter(id=row.id, state__in=OPEN).update(
            state=State.CANCELLED, secret="", lease="", updated=write.now
        )


def remove(row: Transfer) -> None:
    """Off the list, once it is over."""
    with writing.account(row.account_id):
        _of(row.account_id).filter(id=row.id).exclude(state__in=OPEN).delete()


def password(row: Transfer) -> str:
    """Of the other server. Raises vault.Unreadable."""
    return vault.unseal(row.secret, PURPOSE)


# --- what the worker asks for -----------------------------------------------------------------------


def due() -> list[tuple[int, int]]:
    """(account, transfer) of those that wait for a worker, the longest waiting first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.account_id, t.id FROM mailcore_transfer t WHERE t.state IN ('waiting', 'running')"
            " AND t.leased_until <= %s ORDER BY t.leased_until, t.id LIMIT 10",
            [int(time.time())],
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def ring_if_due() -> None:
    """Call a worker for what no bell rang for, and for what a killed worker left."""
    if due():
        doorbell.ring(TASK)


def claim() -> Transfer | None:
    """The next one, for us alone."""
    for account_id, transfer_id in due():
        lease, now = secrets.token_hex(16), int(time.time())
        with writing.account(account_id):
            taken = (
                _of(account_id)
                .filter(id=transfer_id, state__in=WORKING, leased_until__lte=now)
                .update(state=State.RUNNING, lease=lease, leased_until=now + LEASE_SECONDS, updated=now)
            )
        if taken:
            return one(account_id, transfer_id)
    return None


def keep(row: Transfer, **values: int) -> bool:
    """Note how far it is, and hold on to it; False: it is not ours any more."""
    now = int(time.time())
    # What was noted may be lost with the power: the messages themselves are not.
    with writing.account(row.account_id, is_durable=False):
        return bool(_mine(row).update(leased_until=now + LEASE_SECONDS, updated=now, **values))


def give_back(row: Transfer, wait_seconds: int = 0, **values: int) -> None:
    """Somebody else, or we again later."""
    now = int(time.time())
    with writing.account(row.account_id):
        _mine(row).update(
            state=State.WAITING, lease="", leased_until=now + wait_seconds, updated=now, **values
        )


def end(row: Transfer, problem: str = "", **values: int) -> None:
    """Done, or failed for good; the password is forgotten."""
    state = State.FAILED if problem else State.DONE
    with writing.account(row.account_id) as write:
        _mine(row).update(
            state=state, problem=problem, secret="", lease="", leased_until=0, updated=write.now, **values
        )


def is_over(row: Transfer) -> bool:
    """Whether its file is of no use any more: done or cancelled. One that failed may be tried again."""
    state = _of(row.account_id).filter(id=row.id).values_list("state", flat=True).first()
    return state in (None, State.DONE, State.CANCELLED)


def folder(row: Transfer, name: str, uidvalidity: int) -> TransferFolder:
    """How far we are in a folder of the other server, in whatever transfer; from the start if it is another now."""
    with writing.account(row.account_id) as write:
        known = TransferFolder.objects.filter(
            account_id=row.account_id, source=row.name, name=name[:1000]
        ).first()
        if known is None:
            known = TransferFolder(
                id=write.new_id(), account_id=row.account_id, source=row.name, name=name[:1000]
            )
        if known.uidvalidity != uidvalidity:
            known.uidvalidity, known.last_uid = uidvalidity, 0
            known.save()
    return known


def reached(place: TransferFolder, uid: int) -> None:
    """Everything up to this UID is here."""
    with writing.account(place.account_id, is_durable=False):
        TransferFolder.objects.filter(account_id=place.account_id, id=place.id).update(last_uid=uid)


def forget_old(account_id: int) -> list[int]:
    """Upkeep: what nobody decided, what was not uploaded, what ended long ago; ids of files that may go."""
    now = int(time.time())
    mine = _of(account_id)
    with writing.account(account_id):
        mine.filter(state=State.CHOOSING, updated__lt=now - CHOOSING_SECONDS).delete()
        stale = mine.filter(state=State.UPLOADING, updated__lt=now - UPLOADING_SECONDS)
        gone = list(stale.values_list("id", flat=True))
        stale.delete()
        over = mine.exclude(state__in=OPEN)
        gone += over.filter(kind=Kind.FILE, updated__lt=now - UPLOADING_SECONDS).values_list("id", flat=True)
        over.filter(updated__lt=now - SHOWN_SECONDS).delete()
    return gone


def with_transfers() -> list[int]:
    """Accounts that have any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT t.account_id FROM mailcore_transfer t")
        return [row[0] for row in cursor.fetchall()]


def _of(account_id: int) -> QuerySet[Transfer]:
    return Transfer.objects.filter(account_id=account_id)


def _mine(row: Transfer) -> QuerySet[Transfer]:
    return _of(row.account_id).filter(id=row.id, lease=row.lease, state=State.RUNNING)
