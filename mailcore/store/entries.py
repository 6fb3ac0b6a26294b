"""Reads of entries: what protocols and pages ask for, each one statement that names its account.

Cost grows with what is asked: a page from the end of a mailbox costs the same whatever lies before it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from mailcore.models import Entry
from mailcore.store.raw import Raw
from mailcore.store.uidset import Uids, in_list, where


def believed_uids(account_id: int, mailbox_id: int, uidnext: int, modseq: int) -> array[int]:
    """Ascending UIDs below `uidnext` that were there as of `modseq`: what a session that knows that much sees.

    Entries expunged later are tombstones with a later modseq, so an old belief can be computed at any time.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uid FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s AND uid < %s"
            " AND (NOT expunged OR modseq > %s) ORDER BY uid",
            [account_id, mailbox_id, uidnext, modseq],
        )
        return array("q", [row[0] for row in cursor.fetchall()])


def newest_uids(account_id: int, mailbox_id: int, count: int, below: int | None = None) -> list[int]:
    """The `count` highest UIDs of live entries (below `below`), descending."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uid FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s AND NOT expunged"
            " AND uid < %s ORDER BY uid DESC LIMIT %s",
            [account_id, mailbox_id, 1 << 62 if below is None else below, count],
        )
        return [row[0] for row in cursor.fetchall()]


def first_unseen(account_id: int, mailbox_id: int) -> int | None:
    """The lowest UID without \\Seen (UNSEEN of RFC 3501 SELECT)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(uid) FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s AND NOT expunged"
            " AND flags & 1 = 0",
            [account_id, mailbox_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def rows(
    account_id: int, mailbox_id: int, uids: Uids | None, columns: Sequence[str], *, with_message: bool = False
) -> list[tuple[Any, ...]]:
    """The named columns (`e.uid`, `m.envelope`, …) of live entries, ascending by UID.

    `columns` are written by us, never by a peer. Without `with_message` no join is made.
    """
    condition, parameters = where(account_id, mailbox_id, uids)
    if with_message:
        source = (
            f"(SELECT * FROM mailcore_entry WHERE {condition}) e"
            " JOIN mailcore_message m ON m.id = e.message_id AND m.account_id = e.account_id"
        )
    else:
        source = f"(SELECT * FROM mailcore_entry WHERE {condition}) e"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {source} ORDER BY e.uid", parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def changed_since(
    account_id: int, mailbox_id: int, modseq: int, up_to_uid: int | None = None
) -> list[tuple[int, int, str, int, bool, int]]:
    """(uid, flags, keywords, modseq, expunged, created_modseq) of entries changed after `modseq`, by UID."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uid, flags, keywords, modseq, expunged, created_modseq FROM mailcore_entry"
            " WHERE account_id = %s AND mailbox_id = %s AND modseq > %s AND uid <= %s ORDER BY uid",
            [account_id, mailbox_id, modseq, 1 << 62 if up_to_uid is None else up_to_uid],
        )
        found: list[tuple[int, int, str, int, bool, int]] = cursor.fetchall()
    return found


def raw_of(account_id: int, message_id: int) -> Raw | None:
    """Where the octets of a message are; None if it is not this account's."""
    found = raws_of(account_id, [message_id])
    return found.get(message_id)


def raws_of(account_id: int, message_ids: Iterable[int]) -> dict[int, Raw]:
    """The same for many."""
    condition, numbers = in_list("id", list(message_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, prefix, digest, size FROM mailcore_message WHERE account_id = %s AND {condition}",
            [account_id, numbers],
        )
        return {row[0]: Raw(bytes(row[1]), bytes(row[2]), row[3]) for row in cursor.fetchall()}


def by_mailbox(account_id: int, entry_ids: Iterable[int]) -> dict[int, list[int]]:
    """Live entries grouped for the verbs: mailbox id → ascending UIDs."""
    grouped: dict[int, list[int]] = {}
    for mailbox_id, uid in (
        Entry.objects.filter(account_id=account_id, id__in=list(entry_ids), expunged=False)
        .order_by("mailbox_id", "uid")
        .values_list("mailbox_id", "uid")
    ):
        grouped.setdefault(mailbox_id, []).append(uid)
    return grouped


def of_conversations(
    account_id: int, conversation_ids: Iterable[int], mailbox_id: int | None = None
) -> list[Entry]:
    """Live entries of those conversations (in one mailbox), oldest first."""
    found = Entry.objects.filter(
        account_id=account_id, conversation_id__in=list(conversation_ids), expunged=False
    )
    if mailbox_id is not None:
        found = found.filter(mailbox_id=mailbox_id)
    return list(found.order_by("received", "id"))
