"""Add, remove, replace flags and keywords of many entries at once (RFC 9051 §6.4.6, RFC 7162 §3.1.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from mailcore.changes import change
from mailcore.models import Mailbox
from mailcore.models.entry import SEEN
from mailcore.store import writing
from mailcore.store.messages import keyword_text
from mailcore.store.uidset import Uids, where
from mailcore.store.writing import Write

ALL_FLAGS = 31
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Changed:
    """What a STORE did: (uid, flags, keywords text) of entries that are different now, all stamped `modseq`;
    and UIDs that had changed since the caller last looked, which were left alone.
    """

    entries: list[tuple[int, int, str]]
    failed_uids: list[int]
    modseq: int


def add(
    mailbox: Mailbox,
    uids: Uids | None,
    flags: int,
    keywords: frozenset[str] = NONE,
    unchanged_since: int | None = None,
) -> Changed:
    """+FLAGS."""
    return _store(
        mailbox,
        uids,
        unchanged_since,
        "flags | %s",
        flags,
        lambda held: _with(held, keywords),
    )


def remove(
    mailbox: Mailbox,
    uids: Uids | None,
    flags: int,
    keywords: frozenset[str] = NONE,
    unchanged_since: int | None = None,
) -> Changed:
    """-FLAGS."""
    return _store(
        mailbox,
        uids,
        unchanged_since,
        "flags & %s",
        ALL_FLAGS & ~flags,
        lambda held: _without(held, keywords),
    )


def replace(
    mailbox: Mailbox,
    uids: Uids | None,
    flags: int,
    keywords: frozenset[str] = NONE,
    unchanged_since: int | None = None,
) -> Changed:
    """FLAGS."""
    return _store(mailbox, uids, unchanged_since, "%s", flags, lambda _: keywords)


def _with(held: frozenset[str], keywords: frozenset[str]) -> frozenset[str]:
    """Keywords have no case (RFC 9051 §2.3.2): what is there in another spelling stays as it is."""
    if not keywords:
        return held
    lowered = {word.lower() for word in held}
    return held | {word for word in keywords if word.lower() not in lowered}


def _without(held: frozenset[str], keywords: frozenset[str]) -> frozenset[str]:
    lowered = {word.lower() for word in keywords}
    return frozenset(word for word in held if word.lower() not in lowered)


def _store(
    mailbox: Mailbox,
    uids: Uids | None,
    unchanged_since: int | None,
    expression: str,
    operand: int,
    new_keywords: Callable[[frozenset[str]], frozenset[str]],
) -> Changed:
    """One UPDATE for each distinct set of keywords among the entries, and that is nearly always one.

    Only entries that end up different are written and stamped.
    """
    with writing.account(mailbox.account_id) as write:
        condition, parameters = where(mailbox.account_id, mailbox.id, uids)
        failed: list[int] = []
        with connection.cursor() as cursor:
            if unchanged_since is not None:
                cursor.execute(
                    f"SELECT uid FROM mailcore_entry WHERE {condition} AND modseq > %s ORDER BY uid",
                    [*parameters, unchanged_since],
                )
                failed = [row[0] for row in cursor.fetchall()]
                condition, parameters = f"{condition} AND modseq <= %s", [*parameters, unchanged_since]
            changed = _update(cursor, write, condition, parameters, expression, operand, new_keywords)
            if changed:
                _count(cursor, write, mailbox.id, changed)
        if changed:
            write.changed(mailbox.id, change.FLAGS, change.print_uids(row[0] for row in changed))
        return Changed([row[:3] for row in changed], failed, write.modseq)


def _update(
    cursor: Any,
    write: Write,
    condition: str,
    parameters: list[Any],
    expression: str,
    operand: int,
    new_keywords: Callable[[frozenset[str]], frozenset[str]],
) -> list[tuple[int, int, str, int]]:
    """→ (uid, flags, keywords, unseen before minus after), ascending."""
    cursor.execute(f"SELECT DISTINCT keywords FROM mailcore_entry WHERE {condition}", parameters)
    changed: list[tuple[int, int, str, int]] = []
    for (held,) in cursor.fetchall():
        text = keyword_text(new_keywords(frozenset(held.split())))
        differs = "1 = 1" if text != held else f"{expression} <> flags"
        differs_parameters = [] if text != held else [operand]
        before = f"{condition} AND keywords = %s AND {differs}"
        before_parameters = [*parameters, held, *differs_parameters]
        # Seen-ness before the change, for the unseen counter: afterwards nobody can tell.
        cursor.execute(
            f"SELECT uid FROM mailcore_entry WHERE {before} AND (flags & {SEEN}) <> (({expression}) & {SEEN})",
            [*before_parameters, operand],
        )
        turned = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            f"UPDATE mailcore_entry SET flags = {expression}, keywords = %s, modseq = %s WHERE {before}"
            " AND modseq < %s RETURNING uid, flags",
            [operand, text, write.modseq, *before_parameters, write.modseq],
        )
        changed += [
            (uid, flags, text, (1 if flags & SEEN else -1) if uid in turned else 0)
            for uid, flags in cursor.fetchall()
        ]
    changed.sort()
    return changed


def _count(cursor: Any, write: Write, mailbox_id: int, changed: list[tuple[int, int, str, int]]) -> None:
    cursor.execute(
        "UPDATE mailcore_mailbox SET unseen = unseen - %s, highest_modseq = %s WHERE account_id = %s AND id = %s",
        [sum(row[3] for row in changed), write.modseq, write.account_id, mailbox_id],
    )
