"""The conversations that carry a label, newest first, a page at a time, wherever their messages lie.

The distinct texts of keywords are few. Each of them is a range of the index `entry_keywords`, in order of time, so a
page walks those ranges side by side and costs what it shows, not what is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection

from mailcore.store import conversation_list, labels
from mailcore.store.conversation_list import PAGE_SIZE, Listed, Page, Position
from mailcore.store.labels import KEYWORDED
from mailcore.store.uidset import in_list

_Place = tuple[int, Position]
_WIDEST = 5_000
_MOST_ARMS = 100  # of one statement


def page(
    account_id: int,
    keyword: str,
    *,
    before: Position | None = None,
    unread_only: bool = False,
    size: int = PAGE_SIZE,
    hidden: Collection[int] = (),
) -> Page:
    """The conversations after `before`; what lies in `hidden` mailboxes (Trash, Junk) does not count."""
    found = places(account_id, keyword, before=before, unread_only=unread_only, size=size + 1, hidden=hidden)
    following = found[size - 1][1] if len(found) > size else None
    return Page(conversation_list.placed(account_id, found[:size], hidden), following)


def rows(
    account_id: int, keyword: str, conversation_ids: Sequence[int], hidden: Collection[int] = ()
) -> tuple[Listed, ...]:
    """Those of the conversations that (still) carry the label, newest first."""
    if not conversation_ids:
        return ()
    condition, parameter = in_list("conversation_id", conversation_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conversation_id, received, id, keywords, mailbox_id FROM mailcore_entry"
            f" WHERE account_id = %s AND {condition} AND NOT expunged AND keywords <> '' ORDER BY received, id",
            [account_id, parameter],
        )
        newest = {
            number: Position(received, entry_id)
            for number, received, entry_id, text, mailbox_id in cursor.fetchall()
            if keyword.lower() in text.lower().split() and mailbox_id not in hidden
        }
    found = sorted(newest.items(), key=lambda item: (item[1].received, item[1].entry_id), reverse=True)
    return conversation_list.placed(account_id, found, hidden)


def places(
    account_id: int,
    keyword: str,
    *,
    before: Position | None = None,
    unread_only: bool = False,
    size: int = PAGE_SIZE,
    hidden: Collection[int] = (),
) -> list[_Place]:
    """(conversation, its newest entry with the label) for the next `size` conversations."""
    texts = labels.texts_with(account_id, keyword)
    found: dict[int, Position] = {}
    shown: set[int] = set()
    cursor_at, step = before, size * 2
    while texts and len(found) < size:
        walked = _walk(account_id, texts, cursor_at, unread_only, step)
        lying = [row for row in walked if row[3] not in hidden]
        if before is not None:
            fresh = list({row[2] for row in lying} - found.keys() - shown)
            shown |= _seen_above(account_id, keyword, before, unread_only, fresh, hidden)
        for received, entry_id, conversation_id, _ in lying:
            if conversation_id not in found and conversation_id not in shown:
                found[conversation_id] = Position(received, entry_id)
        if len(walked) < step:
            break
        cursor_at, step = Position(*walked[-1][:2]), min(step * 2, _WIDEST)
    return [*found.items()][:size]


def _walk(
    account_id: int, texts: list[str], before: Position | None, unread_only: bool, limit: int
) -> list[tuple[int, int, int, int]]:
    """The next entries below `before`: received, id, conversation, mailbox; newest first."""
    after, place = (
        ("AND (received, id) < (%s, %s)", [before.received, before.entry_id]) if before else ("", [])
    )
    unread = "AND (flags & 1) = 0" if unread_only else ""
    arm = (
        "SELECT * FROM (SELECT received, id, conversation_id, mailbox_id FROM mailcore_entry"
        f" WHERE account_id = %s AND {KEYWORDED} AND keywords = %s {after} {unread}"
        " ORDER BY received DESC, id DESC LIMIT %s) AS arm"
    )
    found: list[tuple[int, int, int, int]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(texts), _MOST_ARMS):
            some = texts[start : start + _MOST_ARMS]
            parameters: list[int | str] = []
            for text in some:
                parameters += [account_id, text, *place, limit]
            cursor.execute(" UNION ALL ".join([arm] * len(some)), parameters)
            found.extend(cursor.fetchall())
    return sorted(found, key=lambda row: row[:2], reverse=True)[:limit]


def _seen_above(
    account_id: int,
    keyword: str,
    before: Position,
    unread_only: bool,
    conversation_ids: list[int],
    hidden: Collection[int],
) -> set[int]:
    """Which of the conversations stand at or above `before`, so that an earlier page has shown them."""
    if not conversation_ids:
        return set()
    condition, parameter = in_list("conversation_id", conversation_ids)
    unread = "AND (flags & 1) = 0" if unread_only else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT conversation_id, keywords, mailbox_id FROM mailcore_entry WHERE account_id = %s AND {condition}"
            f" AND NOT expunged AND keywords <> '' AND (received, id) >= (%s, %s) {unread}",
            [account_id, parameter, before.received, before.entry_id],
        )
        return {
            number
            for number, text, mailbox_id in cursor.fetchall()
            if keyword.lower() in text.lower().split() and mailbox_id not in hidden
        }
