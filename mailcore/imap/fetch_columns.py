"""FETCH items that are columns of a row: what to read, how to write it. RFC 9051 §7.5.2.

A listing asks for the same few items a hundred thousand times. So the items of one FETCH become one format
string, a block of rows is turned into columns, each column is mapped at once, and the rest is `bytes %
tuple`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mailcore.imap.believed import Depth
from mailcore.imap.selected import Selected
from mailcore.imap.wire import response
from mailcore.imap.wire.body_structure import without_extensions
from mailcore.imap.wire.dates import MONTHS

Rows = Sequence[tuple[Any, ...]]


@lru_cache(maxsize=20_000)
def _day(days: int) -> bytes:
    """A day, counted from 1970, up to the space before the time."""
    from datetime import date, timedelta

    day = date(1970, 1, 1) + timedelta(days)
    return b"%02d-%s-%04d" % (day.day, MONTHS[day.month - 1].encode(), day.year)


def moment(seconds: int) -> bytes:
    """Seconds since 1970 as a date-time."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    return b'"%s %02d:%02d:%02d +0000"' % (_day(days), hours, *divmod(rest, 60))


def _moments(values: Iterable[int]) -> Iterable[bytes]:
    return map(moment, values)


def _bodies(values: Iterable[bytes]) -> Iterable[bytes]:
    return map(without_extensions, map(bytes, values))


def _texts(values: Iterable[str]) -> Iterable[bytes]:
    return [response.string(value.encode("utf-8", "replace")) for value in values]


def _texts_utf8(values: Iterable[str]) -> Iterable[bytes]:
    return [response.string(value.encode("utf-8", "replace"), utf8=True) for value in values]


@dataclass(frozen=True, slots=True)
class Column:
    sql: str
    form: bytes
    depth: Depth = Depth.ENTRY
    write: Callable[[Iterable[Any]], Iterable[Any]] | None = None


COLUMNS: dict[str, Column] = {
    "UID": Column("e.uid", b"UID %d"),
    "FLAGS": Column("e.flags", b"FLAGS %b"),  # and keywords: see `Plan`
    "INTERNALDATE": Column("e.received", b"INTERNALDATE %b", write=_moments),
    "RFC822.SIZE": Column("e.size", b"RFC822.SIZE %d"),
    "MODSEQ": Column("e.modseq", b"MODSEQ (%d)"),
    "SAVEDATE": Column("e.saved", b"SAVEDATE %b", write=_moments),
    "EMAILID": Column("e.message_id", b"EMAILID (M%x)"),
    "THREADID": Column("e.conversation_id", b"THREADID (T%x)"),
    "ENVELOPE": Column("m.envelope", b"ENVELOPE %b", Depth.MESSAGE),
    "BODYSTRUCTURE": Column("m.body_structure", b"BODYSTRUCTURE %b", Depth.MESSAGE),
    "BODY": Column("m.body_structure", b"BODY %b", Depth.MESSAGE, _bodies),
    "PREVIEW": Column("m.preview", b"PREVIEW %b", Depth.MESSAGE, _texts),
}

UID, FLAGS, KEYWORDS, MESSAGE = 0, 1, 2, 3
"""Where every row has these; MESSAGE only where the message was read too, and None there if it is forgotten."""


class Plan:
    """How to read and write the simple items of one FETCH.

    Rows begin with uid, flags, keywords, and the message's id where messages are read; `extra` columns
    follow, for sections; then one column for each item.
    """

    __slots__ = ("_first", "_form", "_items", "columns", "depth", "extra")

    def __init__(
        self, items: Sequence[str], extra: Sequence[str], depth: Depth, *, utf8: bool, uids_only: bool = False
    ) -> None:
        wanted = [COLUMNS[item] for item in items]
        if utf8:
            wanted = [
                Column(each.sql, each.form, each.depth, _texts_utf8) if each.write is _texts else each
                for each in wanted
            ]
        depths = [depth, *(column.depth for column in wanted)]
        self.depth = max(depths, key=[*Depth].index)
        fixed = ["e.uid", "e.flags", "e.keywords"]
        if self.depth is not Depth.ENTRY:
            fixed.append("m.id")
        self.extra = len(fixed)
        self._first = len(fixed) + len(extra)
        self._items = [(item, column) for item, column in zip(items, wanted, strict=True)]
        own = [column.sql for item, column in self._items if item not in ("UID", "FLAGS")]
        self.columns = [*fixed, *extra, *own]
        self._form = (b"* %d UIDFETCH (" if uids_only else b"* %d FETCH (") + b" ".join(
            column.form for column in wanted
        )

    def written(self, selected: Selected, numbers: Sequence[int], rows: Rows, end: bytes) -> list[bytes]:
        """One response for each row, with `end` after its items."""
        if not rows:
            return []
        columns = list(zip(*rows, strict=True))
        arguments: list[Iterable[Any]] = [numbers]
        at = self._first
        for item, column in self._items:
            if item == "UID":
                arguments.append(columns[UID])
            elif item == "FLAGS":
                flags = zip(columns[FLAGS], columns[KEYWORDS], strict=True)
                arguments.append(selected.flags.written(columns[UID], flags))
            else:
                arguments.append(columns[at] if column.write is None else column.write(columns[at]))
                at += 1
        return list(map((self._form + end).__mod__, zip(*arguments, strict=True)))
