"""Terms of a query that columns can answer → SQL. On an entry `e` and, where it is asked for, its message `m`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mailcore.models.entry import SEEN
from mailcore.search import query
from mailcore.search.query import Query

_EARLIEST, _LATEST = date(1970, 1, 1), date(9999, 12, 30)
_MOST_RANGES = 200


@dataclass(frozen=True, slots=True)
class Condition:
    """A WHERE clause and its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()
    needs_message: bool = False


NOTHING = Condition("1 = 0")
EVERYTHING = Condition("1 = 1")

# Which mailboxes a name means: ids, resolved by the caller who knows the account.
Resolve = Callable[[str], list[int]]


def of(term: Query, resolve: Resolve) -> Condition | None:
    """The condition for a term; None if it, or anything within it, has to look into texts."""
    match term:
        case query.And(terms):
            return _joined(terms, resolve, " AND ", EVERYTHING)
        case query.Or(terms):
            return _joined(terms, resolve, " OR ", NOTHING)
        case query.Not(query.HasFlag(flag)) if flag == SEEN:
            return Condition("e.flags & 1 = 0")  # literally the condition of the index entry_unseen
        case query.Not(inner):
            condition = of(inner, resolve)
            if condition is None:
                return None
            return Condition(f"NOT ({condition.sql})", condition.parameters, condition.needs_message)
    return _leaf(term, resolve)


def _joined(terms: tuple[Query, ...], resolve: Resolve, word: str, empty: Condition) -> Condition | None:
    conditions = [of(term, resolve) for term in terms]
    known = [condition for condition in conditions if condition is not None]
    if len(known) < len(conditions):
        return None
    if len(known) < 2:
        return known[0] if known else empty
    return Condition(
        word.join(f"({condition.sql})" for condition in known),
        tuple(parameter for condition in known for parameter in condition.parameters),
        any(condition.needs_message for condition in known),
    )


def _leaf(term: Query, resolve: Resolve) -> Condition | None:
    match term:
        case query.All() | query.Anywhere():
            return EVERYTHING
        case query.Before(day):
            return Condition("e.received < %s", (midnight(day),))
        case query.On(day):
            return Condition("e.received >= %s AND e.received < %s", (midnight(day), midnight(day, 1)))
        case query.Since(day):
            return Condition("e.received >= %s", (midnight(day),))
        case query.Earlier(moment):
            return Condition("e.received < %s", (_number(moment),))
        case query.NotEarlier(moment):
            return Condition("e.received >= %s", (_number(moment),))
        case query.SavedBefore(day):
            return Condition("e.saved < %s", (midnight(day),))
        case query.SavedOn(day):
            return Condition("e.saved >= %s AND e.saved < %s", (midnight(day), midnight(day, 1)))
        case query.SavedSince(day):
            return Condition("e.saved >= %s", (midnight(day),))
        case query.Younger(seconds):
            return Condition("e.received >= %s", (int(time.time()) - seconds,))
        case query.Older(seconds):
            return Condition("e.received <= %s", (int(time.time()) - seconds,))
        case query.Larger(octets):
            return Condition("e.size > %s", (_number(octets),))
        case query.Smaller(octets):
            return Condition("e.size < %s", (_number(octets),))
        case query.HasFlag(flag):
            return Condition("e.flags & %s <> 0", (flag,))
        case query.HasKeyword(keyword):
            escaped = keyword.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
            return Condition("(' ' || lower(e.keywords) || ' ') LIKE %s ESCAPE '!'", (f"% {escaped} %",))
        case query.Uid(ranges) if len(ranges) <= _MOST_RANGES:
            bounds = tuple(_number(bound) for pair in ranges for bound in pair)
            return (
                Condition(" OR ".join(["e.uid BETWEEN %s AND %s"] * len(ranges)), bounds)
                if ranges
                else NOTHING
            )
        case query.ModseqAtLeast(modseq):
            return Condition("e.modseq >= %s", (_number(modseq),))
        case query.MessageId(number):
            return Condition("e.message_id = %s", (_number(number),))
        case query.ConversationId(number):
            return Condition("e.conversation_id = %s", (_number(number),))
        case query.InMailbox(number):
            return Condition("e.mailbox_id = %s", (_number(number),))
        case query.InFolder(name):
            ids = resolve(name)
            return (
                Condition(f"e.mailbox_id IN ({', '.join(['%s'] * len(ids))})", tuple(ids)) if ids else NOTHING
            )
        case query.HasAttachment():
            return Condition("m.has_attachments", needs_message=True)
        case query.WithId(message_id):
            return Condition("m.message_id = %s", (message_id[:998],), needs_message=True)
    return None


def _number(value: int) -> int:
    """Within what a column can hold; what is beyond compares the same."""
    return min(max(value, -(1 << 63)), (1 << 63) - 1)


def midnight(day: date, later: int = 0) -> int:
    """The first second of a day, UTC, since 1970."""
    day = min(max(day, _EARLIEST), _LATEST) + timedelta(days=later)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
