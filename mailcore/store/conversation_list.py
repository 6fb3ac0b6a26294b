"""What the browser's lists show: the conversations of a mailbox, newest first, a page at a time.

A conversation stands where its newest entry *in that mailbox* stands. A page costs what it shows, not what is
stored: the index `entry_list` is walked from the cursor on, conversations that an earlier page has shown are
recognised by a newer entry of theirs, and everything a row needs is then read in one statement for all rows.
One that came back (a snooze that is over, an answer that is missing) stands where it surfaced; of those there are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from mailcore.models.entry import DRAFT, FLAGGED, SEEN
from mailcore.store.uidset import in_list

PAGE_SIZE = 50
_WIDEST = 5_000


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a mailbox's list: the newest entry of a conversation."""

    received: int
    entry_id: int

    def __str__(self) -> str:
        return f"{self.received}-{self.entry_id}"


def position(text: str) -> Position | None:
    """`Position` as it was printed; None for anything else."""
    received, dash, entry_id = text.partition("-")
    if dash and received.isdecimal() and entry_id.isdecimal() and len(text) <= 40:
        return Position(int(received), int(entry_id))
    return None


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a conversation, as far as a list shows it."""

    conversation_id: int
    entry_id: int
    mailbox_id: int
    uid: int
    message_id: int
    flags: int
    keywords: str
    received: int
    has_attachments: bool
    subject: str
    sender: str
    to: str
    preview: str

    @property
    def is_unread(self) -> bool:
        return not self.flags & SEEN

    @property
    def is_starred(self) -> bool:
        return bool(self.flags & FLAGGED)

    @property
    def is_draft(self) -> bool:
        return bool(self.flags & DRAFT)


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation with its letters, oldest first; each message once, though it may lie in several mailboxes."""

    id: int
    position: Position
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some conversations, and where the next page begins (None: there is none)."""

    rows: tuple[Listed, ...]
    next: Position | None


def page(
    account_id: int,
    mailbox_id: int,
    *,
    before: Position | None = None,
    unread_only: bool = False,
    size: int = PAGE_SIZE,
    hidden: Iterable[int] = (),
) -> Page:
    """The conversations of a mailbox after `before`. Letters in `hidden` mailboxes (Trash, Junk) are left out."""
    places = _places(account_id, mailbox_id, before, unread_only, size + 1)
    following = places[size - 1][1] if len(places) > size else None
    return Page(_listed(account_id, mailbox_id, places[:size], frozenset(hidden) - {mailbox_id}), following)


def places(
    account_id: int,
    mailbox_id: int,
    *,
    before: Position | None = None,
    unread_only: bool = False,
    size: int = PAGE_SIZE,
) -> list[tuple[int, Position]]:
    """The same without what a row shows: for what is done to all of them."""
    return _places(account_id, mailbox_id, before, unread_only, size)


def rows(
    account_id: int, mailbox_id: int | None, conversation_ids: Sequence[int], hidden: Iterable[int] = ()
) -> tuple[Listed, ...]:
    """Those of the conversations that are (still) in the mailbox, newest first; None: in any mailbox."""
    if not conversation_ids:
        return ()
    condition, parameter = in_list("conversation_id", conversation_ids)
    mailbox, parameters = ("AND mailbox_id = %s", [mailbox_id]) if mailbox_id is not None else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conversation_id, received, id FROM mailcore_entry"
            f" WHERE account_id = %s AND {condition} {mailbox} AND NOT expunged ORDER BY received, id",
            [account_id, parameter, *parameters],
        )
        newest = {row[0]: Position(row[1], row[2]) for row in cursor.fetchall()}
    if mailbox_id is not None:
        raised = _raised(account_id, mailbox_id)
        newest |= {number: place for number, place in raised.items() if number in newest}
    places = sorted(newest.items(), key=lambda item: (item[1].received, item[1].entry_id), reverse=True)
    return _listed(account_id, mailbox_id, places, frozenset(hidden) - {mailbox_id})


def placed(
    account_id: int,
    places: Sequence[tuple[int, Position]],
    hidden: Iterable[int] = (),
    mailbox_id: int | None = None,
) -> tuple[Listed, ...]:
    """Conversations whose places somebody else has found (a search, a label), with all their letters."""
    return _listed(account_id, mailbox_id, places, frozenset(hidden) - {mailbox_id})


def letters(account_id: int, conversation_ids: Sequence[int]) -> list[Letter]:
    """Every live entry of the conversations, in any mailbox, oldest first."""
    if not conversation_ids:
        return []
    condition, parameter = in_list("e.conversation_id", conversation_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.conversation_id, e.id, e.mailbox_id, e.uid, e.message_id, e.flags, e.keywords, e.received,"
            " m.has_attachments, m.subject, m.sender, m.recipients_to, m.preview"
            " FROM mailcore_entry e JOIN mailcore_message m ON m.id = e.message_id"
            f" WHERE e.account_id = %s AND m.account_id = %s AND {condition} AND NOT e.expunged"
            " ORDER BY e.received, e.id",
            [account_id, account_id, parameter],
        )
        return [Letter(*row) for row in cursor.fetchall()]


def conversation_of(account_id: int, message_id: int) -> int | None:
    """The conversation that a message of this account belongs to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conversation_id FROM mailcore_message WHERE account_id = %s AND id = %s",
            [account_id, message_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def neighbours(account_id: int, mailbox_id: int, at: Position) -> tuple[int | None, int | None]:
    """The conversations above and below a place in the list."""
    below = _places(account_id, mailbox_id, at, False, 1)
    above = _above(account_id, mailbox_id, at)
    return above, below[0][0] if below else None


def standing(account_id: int, mailbox_id: int, conversation_id: int, newest: Position) -> Position:
    """Where a conversation stands in the list, given its newest entry there."""
    return _raised(account_id, mailbox_id).get(conversation_id, newest)


_Place = tuple[int, Position]


def _places(
    account_id: int, mailbox_id: int, before: Position | None, unread_only: bool, wanted: int
) -> list[_Place]:
    """(conversation, its newest entry) for the next `wanted` conversations, walking the index downwards."""
    found: dict[int, Position] = {}
    cursor_at, step = before, wanted * 2
    raised = _raised(account_id, mailbox_id, unread_only)
    shown: set[int] = set(raised)
    while len(found) < wanted:
        walked = _walk(account_id, mailbox_id, cursor_at, unread_only, step)
        if before is not None:
            fresh = [row[2] for row in walked if row[2] not in found and row[2] not in shown]
            shown |= _seen_above(account_id, mailbox_id, before, unread_only, fresh)
        for received, entry_id, conversation_id in walked:
            if conversation_id not in found and conversation_id not in shown:
                found[conversation_id] = Position(received, entry_id)
        if len(walked) < step:
            break
        cursor_at, step = Position(*walked[-1][:2]), min(step * 2, _WIDEST)
    if not raised:
        return [*found.items()][:wanted]
    found |= {
        number: place for number, place in raised.items() if before is None or _key(place) < _key(before)
    }
    return sorted(found.items(), key=lambda item: _key(item[1]), reverse=True)[:wanted]


def _raised(account_id: int, mailbox_id: int, unread_only: bool = False) -> dict[int, Position]:
    """Conversations of the mailbox that surfaced after their newest entry was received, and when."""
    unread = f"AND e.flags & {SEEN} = 0" if unread_only else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.conversation_id, max(r.surfaced), max(e.id) FROM mailcore_reminder r"
            " JOIN mailcore_entry e ON e.account_id = r.account_id AND e.conversation_id = r.conversation_id"
            " AND e.mailbox_id = r.mailbox_id AND NOT e.expunged"
            f" WHERE r.account_id = %s AND r.mailbox_id = %s AND r.state = 'back' {unread}"
            " GROUP BY r.conversation_id HAVING max(r.surfaced) > max(e.received) LIMIT 1000",
            [account_id, mailbox_id],
        )
        return {row[0]: Position(row[1], row[2]) for row in cursor.fetchall()}


def _key(place: Position) -> tuple[int, int]:
    return place.received, place.entry_id


def _walk(
    account_id: int, mailbox_id: int, before: Position | None, unread_only: bool, limit: int
) -> list[Any]:
    after, place = (
        ("AND (received, id) < (%s, %s)", [before.received, before.entry_id]) if before else ("", [])
    )
    unread = f"AND flags & {SEEN} = 0" if unread_only else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT received, id, conversation_id FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s"
            f" AND NOT expunged {after} {unread} ORDER BY received DESC, id DESC LIMIT %s",
            [account_id, mailbox_id, *place, limit],
        )
        return list(cursor.fetchall())


def _seen_above(
    account_id: int, mailbox_id: int, before: Position, unread_only: bool, conversation_ids: list[int]
) -> set[int]:
    """Which of the conversations stand at or above `before`, so that an earlier page has shown them."""
    if not conversation_ids:
        return set()
    condition, parameter = in_list("conversation_id", conversation_ids)
    unread = f"AND flags & {SEEN} = 0" if unread_only else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT conversation_id FROM mailcore_entry WHERE account_id = %s AND {condition}"
            f" AND mailbox_id = %s AND NOT expunged AND (received, id) >= (%s, %s) {unread}",
            [account_id, parameter, mailbox_id, before.received, before.entry_id],
        )
        return {row[0] for row in cursor.fetchall()}


def _above(account_id: int, mailbox_id: int, at: Position) -> int | None:
    """The conversation just above: the lowest entry above `at` that is the newest of its conversation."""
    limit = 4  # nearly always the next one; each costs a look at all of its conversation
    raised = _raised(account_id, mailbox_id)
    higher = sorted((_key(place), number) for number, place in raised.items() if _key(place) > _key(at))
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT received, id, conversation_id FROM mailcore_entry WHERE account_id = %s AND mailbox_id = %s"
                " AND NOT expunged AND (received, id) > (%s, %s) ORDER BY received, id LIMIT %s",
                [account_id, mailbox_id, at.received, at.entry_id, limit],
            )
            walked = cursor.fetchall()
        newest = {place.id: place.position for place in _newest(account_id, mailbox_id, walked)}
        for received, entry_id, conversation_id in walked:
            if higher and higher[0][0] < (received, entry_id):
                return higher[0][1]
            if newest.get(conversation_id) == Position(received, entry_id) and conversation_id not in raised:
                return int(conversation_id)
        if len(walked) < limit or limit >= _WIDEST:
            return higher[0][1] if higher else None
        limit *= 4


def _newest(account_id: int, mailbox_id: int, walked: Sequence[Any]) -> tuple[Listed, ...]:
    ids = list({row[2] for row in walked})
    if not ids:
        return ()
    condition, parameter = in_list("conversation_id", ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT conversation_id, received, id FROM mailcore_entry WHERE account_id = %s AND {condition}"
            " AND mailbox_id = %s AND NOT expunged ORDER BY received, id",
            [account_id, parameter, mailbox_id],
        )
        newest = {row[0]: Position(row[1], row[2]) for row in cursor.fetchall()}
    return tuple(Listed(number, place, ()) for number, place in newest.items())


def _listed(
    account_id: int, mailbox_id: int | None, places: Sequence[_Place], hidden: frozenset[int | None]
) -> tuple[Listed, ...]:
    by_conversation: dict[int, dict[int, Letter]] = {number: {} for number, _ in places}
    for letter in letters(account_id, [number for number, _ in places]):
        if letter.mailbox_id in hidden:
            continue
        kept = by_conversation[letter.conversation_id]
        if letter.message_id not in kept or letter.mailbox_id == mailbox_id:
            kept[letter.message_id] = letter
    return tuple(
        Listed(number, place, tuple(sorted(by_conversation[number].values(), key=_age)))
        for number, place in places
        if by_conversation[number]
    )


def _age(letter: Letter) -> tuple[int, int]:
    return letter.received, letter.message_id
