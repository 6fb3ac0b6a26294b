"""A query → the messages it finds: UIDs of a mailbox for IMAP, conversations for the browser.

What columns can answer is one SQL statement; it runs first and narrows. Texts are then looked for in the index
(`fulltext`), the cheapest first, among what is left. Everything works on sets, and every statement names its account.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from mailcore.message import dates
from mailcore.models import Mailbox
from mailcore.models.mailbox import ARCHIVE, DRAFTS, INBOX, JUNK, SCHEDULED, SENT, SNOOZED, TRASH
from mailcore.search import conditions, fulltext, look, query
from mailcore.search.conditions import Condition, midnight
from mailcore.search.look import Look
from mailcore.search.query import And, Not, Or, Query
from mailcore.store.conversation_list import Position
from mailcore.store.uidset import in_list

Row = tuple[int, int]  # uid, message id
Rows = dict[int, Row]  # by entry id
Place = tuple[int, Position]  # a conversation, and its newest entry that was found

_DAY = 86_400
_CHUNK, _WIDEST = 1_000, 64_000
_RARE = 100  # fewer than one conversation in so many entries
_MOST_OPENED = 150  # segments that counting is worth
_NEAR = 40  # segments of the index that are opened while somebody waits for suggestions
_FEW = 20_000  # messages that the index finds: then their entries are read at once
_ENVELOPE_DATE = re.compile(rb'\("((?:[^"\\]|\\.)*)"')
_USES = {
    "sent": SENT,
    "drafts": DRAFTS,
    "draft": DRAFTS,
    "trash": TRASH,
    "spam": JUNK,
    "junk": JUNK,
    "bin": TRASH,
    "archive": ARCHIVE,
    "archived": ARCHIVE,
    "snoozed": SNOOZED,
    "scheduled": SCHEDULED,
}


def uids(mailbox: Mailbox, wanted: Query) -> list[int]:
    """The UIDs of the mailbox's messages that a query finds, ascending (RFC 9051 §6.4.4)."""
    scope = _Scope(mailbox.account_id, [mailbox.id])
    plain, textual = _split(wanted, scope)
    if not textual:
        return [row[0] for row in scope.select("e.uid", plain, " ORDER BY e.uid")]
    rows = _narrow(plain, textual, scope, mailbox.total)
    return sorted(row[0] for row in rows.values())


def matches(account_id: int, entry_ids: Sequence[int], wanted: Query) -> set[int]:
    """Which of these entries a query finds."""
    scope = _Scope(account_id, None)
    rows = scope.rows(conditions.EVERYTHING, entry_ids)
    return scope.filter(wanted, rows)


@dataclass(frozen=True, slots=True)
class Found:
    """Some conversations, each with the place of its newest message that was found; and what follows them."""

    places: list[Place]
    next: Position | None
    total: int | None  # how many there are in all, where that is known without counting


def conversations(
    account_id: int, wanted: Query, *, before: Position | None = None, size: int = 50
) -> tuple[list[Place], Position | None]:
    """Conversations with a message that a query finds, the newest such message first; and where the next page begins.

    Trash and spam are left out, unless the query names a folder or asks for all.
    """
    found = page(account_id, wanted, before=before, size=size)
    return found.places, found.next


def page(
    account_id: int,
    wanted: Query,
    *,
    before: Position | None = None,
    size: int = 50,
    is_patient: bool = True,
) -> Found:
    """The same, with the number of all of them if it is at hand. Without patience, what can be found at once.

    What is common is found by walking back from the newest entry. What turns out to be rare is asked of the index,
    for the whole account at once: 100,000 entries are too many to carry through Python for twenty hits.
    """
    scope = _Scope(account_id, _places(account_id, wanted))
    plain, textual = _split(wanted, scope)
    found: list[Place] = []
    seen: set[int] = set()
    start, chunk, is_first_page = before, _CHUNK, before is None
    while scope.mailbox_ids:
        walked, is_end = _newest(scope, plain, before, chunk)
        rows = {entry_id: (0, message_id) for entry_id, message_id, _, _ in walked}
        hits = scope.filter(And(tuple(textual)), rows) if textual else set(rows)
        for entry_id, _, conversation_id, received in walked:
            before = Position(received, entry_id)
            if entry_id not in hits or conversation_id in seen:
                continue
            seen.add(conversation_id)
            if not is_first_page and _was_shown(scope, plain, textual, conversation_id, before):
                continue
            found.append((conversation_id, before))
            if len(found) == size:
                return Found(found, before, None)
        if is_end:
            break
        if textual and chunk == _CHUNK and len(seen) < _CHUNK // _RARE:
            is_quick = is_patient or _reach(scope, textual) <= _NEAR
            rare = _by_index(scope, plain, textual) if is_quick else None
            if rare is not None:
                return _cut(rare, start, size)
        if not is_patient and chunk > _CHUNK:
            break
        chunk = min(chunk * 4, _WIDEST)
    return Found(found, None, len(found) if is_first_page else None)


def count(account_id: int, wanted: Query, most: int = 1_000) -> int | None:
    """How many conversations a query finds, at most `most`; None where counting would mean reading everything."""
    scope = _Scope(account_id, _places(account_id, wanted))
    if not scope.mailbox_ids:
        return 0
    plain, textual = _split(wanted, scope)
    if textual:
        is_dear = _reach(scope, textual) > _MOST_OPENED
        places = None if is_dear else _by_index(scope, plain, textual)
        return None if places is None else min(len(places), most)
    return len(scope.select("DISTINCT e.conversation_id", plain, " LIMIT %s", [most]))


def _reach(scope: _Scope, textual: list[Query]) -> int:
    """How many segments of the index have to be opened at least."""
    return min(
        (
            sum(fulltext.reach(scope.account_id, one) for one in looks)
            for term in textual
            if (looks := _looks(term))
        ),
        default=0,
    )


def _by_index(scope: _Scope, plain: Condition, textual: list[Query]) -> list[Place] | None:
    """All conversations that are found, newest first; None if the index cannot narrow it down to few messages."""
    hits: set[int] | None = None
    rest: list[Query] = []
    for term in textual:
        looks = _looks(term)
        if not looks:
            rest.append(term)
            continue
        candidates = None if hits is None else sorted(hits)
        hits = set().union(*(fulltext.messages(scope.account_id, one, candidates) for one in looks))
    if hits is None or len(hits) > _FEW:
        return None
    within, parameter = in_list("e.message_id", sorted(hits))
    columns = "e.id, e.uid, e.message_id, e.conversation_id, e.received"
    listed = scope.select(columns, plain, f" AND {within}", [parameter]) if hits else []
    if rest and listed:
        left = scope.filter(And(tuple(rest)), {row[0]: (row[1], row[2]) for row in listed})
        listed = [row for row in listed if row[0] in left]
    newest: dict[int, Position] = {}
    for entry_id, _, _, conversation_id, received in sorted(listed, key=lambda row: (row[4], row[0])):
        newest[conversation_id] = Position(received, entry_id)
    return sorted(newest.items(), key=lambda item: (item[1].received, item[1].entry_id), reverse=True)


def _looks(term: Query) -> list[Look]:
    """What has to be looked for so that every message with the term is found; nothing if no text decides it."""
    if isinstance(term, Or):
        looks = [look.of(one) for one in term.terms]
        return [one for one in looks if one is not None] if all(looks) else []
    found = look.of(term)
    return [found] if found is not None else []


def _cut(places: list[Place], before: Position | None, size: int) -> Found:
    start = 0
    if before is not None:
        edge = (before.received, before.entry_id)
        start = sum((place.received, place.entry_id) >= edge for _, place in places)
    shown = places[start : start + size]
    is_last = start + size >= len(places)
    return Found(shown, None if is_last else shown[-1][1], len(places))


def unknown_places(account_id: int, wanted: Query) -> list[str]:
    """Names of folders that the query asks for and the account does not have."""
    scope = _Scope(account_id, None)
    names = [term.name for term in _leaves(wanted) if isinstance(term, query.InFolder)]
    return sorted({name for name in names if not scope.resolve(name)})


def names_place(wanted: Query) -> bool:
    """Whether a query says itself where to look."""
    places = query.InFolder | query.InMailbox | query.Anywhere
    return any(isinstance(term, places) for term in _leaves(wanted))


# --- which mailboxes ----------------------------------------------------------------------------------


class _Scope:
    """The entries a search is about: an account, some of its mailboxes (None: whatever the caller names)."""

    def __init__(self, account_id: int, mailbox_ids: list[int] | None) -> None:
        self.account_id = account_id
        self.mailbox_ids = mailbox_ids
        self._boxes: list[tuple[int, str, str]] | None = None

    def resolve(self, name: str) -> list[int]:
        """The mailboxes that a name or a use stands for, with what lies below them."""
        if self._boxes is None:
            self._boxes = _mailboxes(self.account_id)
        plain = name.strip().lower().replace("-", " ")
        use = _USES.get(plain)
        chosen = [
            row
            for row in self._boxes
            if (row[2] == use if use else row[1].lower().replace("-", " ") == plain)
        ]
        if not chosen and not use:  # the last part of its name will do
            chosen = [
                row for row in self._boxes if row[1].lower().rpartition("/")[2].replace("-", " ") == plain
            ]
        if not chosen and use:
            chosen = [row for row in self._boxes if row[1].lower() == plain]
        below = tuple(f"{row[1]}/" for row in chosen if row[1] != INBOX)
        return [row[0] for row in self._boxes if row in chosen or (below and row[1].startswith(below))]

    def select(
        self, columns: str, condition: Condition, tail: str = "", parameters: Sequence[Any] = ()
    ) -> list[Any]:
        """Live entries in scope for which a condition holds."""
        join = (
            " JOIN mailcore_message m ON m.id = e.message_id"
            if condition.needs_message or "m." in columns
            else ""
        )
        where, values = "e.account_id = %s AND NOT e.expunged", [self.account_id]
        if self.mailbox_ids is not None:
            where += f" AND e.mailbox_id IN ({', '.join(['%s'] * len(self.mailbox_ids)) or 'NULL'})"
            values += self.mailbox_ids
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} FROM mailcore_entry e{join} WHERE {where} AND ({condition.sql}){tail}",
                [*values, *condition.parameters, *parameters],
            )
            return list(cursor.fetchall())

    def rows(self, condition: Condition, entry_ids: Sequence[int] | None = None) -> Rows:
        """The same as rows by id; only among some entries, if they are given."""
        tail, parameters = "", []
        if entry_ids is not None:
            within, parameter = in_list("e.id", entry_ids)
            tail, parameters = f" AND {within}", [parameter]
        found = self.select("e.id, e.uid, e.message_id", condition, tail, parameters)
        return {entry_id: (uid, message_id) for entry_id, uid, message_id in found}

    def filter(self, wanted: Query, rows: Rows) -> set[int]:
        """Which of these entries a query finds, whatever is in it."""
        if not rows:
            return set()
        condition = conditions.of(wanted, self.resolve)
        if condition is not None:
            return set(self.rows(condition, list(rows)))
        match wanted:
            case And(terms):
                for term in sorted(terms, key=lambda one: _cost(one, self)):
                    left = self.filter(term, rows)
                    rows = {entry_id: row for entry_id, row in rows.items() if entry_id in left}
                return set(rows)
            case Or(terms):
                found: set[int] = set()
                for term in terms:
                    rest = {entry_id: row for entry_id, row in rows.items() if entry_id not in found}
                    found |= self.filter(term, rest)
                return found
            case Not(term):
                return set(rows) - self.filter(term, rows)
            case query.SentBefore() | query.SentOn() | query.SentSince():
                return _sent(self, wanted, rows)
            case query.Uid(ranges):
                return _within(ranges, rows)
        return _texts(self.account_id, wanted, rows)


def _mailboxes(account_id: int) -> list[tuple[int, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, special_use FROM mailcore_mailbox WHERE account_id = %s AND deleted_modseq IS NULL",
            [account_id],
        )
        return list(cursor.fetchall())


def _places(account_id: int, wanted: Query) -> list[int]:
    hidden = () if names_place(wanted) else (TRASH, JUNK)
    return [number for number, _, use in _mailboxes(account_id) if use not in hidden]


def _leaves(wanted: Query) -> Iterable[Query]:
    waiting = [wanted]
    while waiting:
        term = waiting.pop()
        match term:
            case And(terms) | Or(terms):
                waiting.extend(terms)
            case Not(inner):
                waiting.append(inner)
            case _:
                yield term


# --- terms --------------------------------------------------------------------------------------------


def _split(wanted: Query, scope: _Scope) -> tuple[Condition, list[Query]]:
    """What SQL can answer, and the terms that are left, the cheapest first; all must hold."""
    terms: list[Query] = []
    waiting = [wanted]
    while waiting:
        term = waiting.pop()
        if isinstance(term, And):
            waiting.extend(term.terms)
        else:
            terms.append(term)
    plain: list[Query] = []
    textual: list[Query] = []
    for term in terms:
        (textual if conditions.of(term, scope.resolve) is None else plain).append(term)
    condition = conditions.of(And(tuple(plain)), scope.resolve) or conditions.EVERYTHING
    return condition, sorted(textual, key=lambda term: _cost(term, scope))


def _cost(term: Query, scope: _Scope) -> int:
    if conditions.of(term, scope.resolve) is not None:
        return 0
    return sum(look.cost(found) if (found := look.of(leaf)) else 2 for leaf in _leaves(term))


def _narrow(plain: Condition, textual: list[Query], scope: _Scope, total: int) -> Rows:
    """The rows for which all of it holds. If the mailbox is much of the account, the index is asked before its rows."""
    rows: Rows | None = None
    for term in textual:
        found = look.of(term)
        if found is None:
            rows = scope.rows(plain) if rows is None else rows
            chosen = scope.filter(term, rows)
            rows = {entry_id: row for entry_id, row in rows.items() if entry_id in chosen}
        elif (
            rows is None and plain == conditions.EVERYTHING and total >= fulltext.size(scope.account_id) // 3
        ):
            hits = fulltext.messages(scope.account_id, found, bounds=_bounds(scope))
            within, parameter = in_list("e.message_id", sorted(hits))
            listed = (
                scope.select("e.id, e.uid, e.message_id", plain, f" AND {within}", [parameter])
                if hits
                else []
            )
            rows = {entry_id: (uid, message_id) for entry_id, uid, message_id in listed}
        else:
            rows = scope.rows(plain) if rows is None else rows
            chosen = _texts(scope.account_id, term, rows)
            rows = {entry_id: row for entry_id, row in rows.items() if entry_id in chosen}
        if not rows:
            return {}
    return rows or {}


def _bounds(scope: _Scope) -> tuple[int, int]:
    low, high = scope.select("min(e.message_id), max(e.message_id)", conditions.EVERYTHING)[0]
    return low or 0, high or 0


def _texts(account_id: int, term: Query, rows: Rows) -> set[int]:
    found = look.of(term)
    if found is None:
        return set()
    hits = fulltext.messages(account_id, found, sorted({message_id for _, message_id in rows.values()}))
    return {entry_id for entry_id, (_, message_id) in rows.items() if message_id in hits}


def _within(ranges: Sequence[tuple[int, int]], rows: Rows) -> set[int]:
    starts = [low for low, _ in ranges]

    def holds(uid: int) -> bool:
        index = bisect_right(starts, uid) - 1
        return index >= 0 and uid <= ranges[index][1]

    return {entry_id for entry_id, (uid, _) in rows.items() if holds(uid)}


def _sent(scope: _Scope, wanted: query.SentBefore | query.SentOn | query.SentSince, rows: Rows) -> set[int]:
    """SENTBEFORE, SENTON, SENTSINCE compare the day that the Date field names, in its own zone (RFC 9051 §6.4.4)."""
    first, last = midnight(wanted.day), midnight(wanted.day, 1)
    match wanted:
        case query.SentBefore():
            surely, perhaps = Condition("m.sent < %s", (first - _DAY,), True), (first - _DAY, first + _DAY)
        case query.SentSince():
            surely, perhaps = Condition("m.sent >= %s", (first + _DAY,), True), (first - _DAY, first + _DAY)
        case query.SentOn():
            surely, perhaps = conditions.NOTHING, (first - _DAY, last + _DAY)
    found = set(scope.rows(surely, list(rows)))
    within, parameter = in_list("e.id", list(rows))
    doubtful = scope.select(
        "e.id, m.sent, m.envelope",
        Condition("m.sent >= %s AND m.sent < %s", perhaps, needs_message=True),
        f" AND {within}",
        [parameter],
    )
    found.update(
        number for number, sent, envelope in doubtful if _holds(wanted, _sent_day(sent, bytes(envelope)))
    )
    return found


def _holds(wanted: query.SentBefore | query.SentOn | query.SentSince, day: date) -> bool:
    match wanted:
        case query.SentBefore(limit):
            return day < limit
        case query.SentSince(limit):
            return day >= limit
        case query.SentOn(limit):
            return day == limit


def _sent_day(sent: int, envelope: bytes) -> date:
    written = _ENVELOPE_DATE.match(envelope)
    moment = dates.parse(written[1].decode("ascii", "replace")) if written is not None else None
    return (moment or datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=sent)).date()


# --- pages --------------------------------------------------------------------------------------------


def _newest(
    scope: _Scope, plain: Condition, before: Position | None, count: int
) -> tuple[list[tuple[int, int, int, int]], bool]:
    """The next entries, newest first: id, message, conversation, received; and whether there are no more.

    Each mailbox is walked along its own index; what is older than where any of them was cut off waits.
    """
    found: list[tuple[int, int, int, int]] = []
    cut: tuple[int, int] | None = None
    for mailbox_id in scope.mailbox_ids or ():
        one = _Scope(scope.account_id, [mailbox_id])
        tail, parameters = "", []
        if before is not None:
            tail = " AND (e.received < %s OR (e.received = %s AND e.id < %s))"
            parameters = [before.received, before.received, before.entry_id]
        rows = one.select(
            "e.id, e.message_id, e.conversation_id, e.received",
            plain,
            f"{tail} ORDER BY e.received DESC, e.id DESC LIMIT {count}",
            parameters,
        )
        if len(rows) == count:
            edge = (rows[-1][3], rows[-1][0])
            cut = edge if cut is None else max(cut, edge)
        found.extend(rows)
    if cut is not None:
        found = [row for row in found if (row[3], row[0]) >= cut]
    return sorted(found, key=lambda row: (row[3], row[0]), reverse=True), cut is None


def _was_shown(
    scope: _Scope, plain: Condition, textual: list[Query], conversation_id: int, place: Position
) -> bool:
    """Whether a newer message of the conversation is found too: then an earlier page has it."""
    newer = scope.select(
        "e.id, e.uid, e.message_id",
        plain,
        " AND e.conversation_id = %s AND (e.received > %s OR (e.received = %s AND e.id > %s))",
        [conversation_id, place.received, place.received, place.entry_id],
    )
    rows = {entry_id: (uid, message_id) for entry_id, uid, message_id in newer}
    return bool(scope.filter(And(tuple(textual)), rows) if textual else rows)
