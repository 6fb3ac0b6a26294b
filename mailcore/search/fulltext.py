"""The text index: bring it up to date, and ask it. The only file that reads and writes its tables.

Indexing follows arrival: a task takes what is newer than SearchState. Until then a search reads new messages
themselves, so that it is never wrong, only slower. What is read of a segment is read in one statement, so
an indexer that writes it anew at that moment cannot mix two versions of it; SearchState is read first, so nothing can
fall between.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import DatabaseError, connection, transaction

from mailcore.message.part import Part, load
from mailcore.search import message_text, segment
from mailcore.search.look import BODIES, HEADERS, SHORT, Look
from mailcore.search.segment import Texts
from mailcore.store import blobs, writing
from mailcore.store.errors import NotFound
from mailcore.store.uidset import in_list
from mailcore.store.writing import ID_SHIFT

log = logging.getLogger(__name__)

_READ = 100  # messages whose octets are in memory at once
_OPEN = 64  # segments whose texts are
_LONG_TAIL = 50  # messages that a search does not read itself but has indexed first
_LOW = (1 << ID_SHIFT) - 1
_TABLES = {HEADERS: "mailcore_searchheaders", BODIES: "mailcore_searchbodies"}


# --- asking -----------------------------------------------------------------------------------------


def messages(
    account_id: int,
    look: Look,
    candidates: Sequence[int] | None = None,
    bounds: tuple[int, int] | None = None,
) -> set[int]:
    """Ids of the account's messages that `look` finds; only among `candidates` (ascending) or within `bounds`."""
    if candidates is not None:
        if not candidates:
            return set()
        bounds = candidates[0], candidates[-1]
    first, last = bounds or (account_id << ID_SHIFT, (account_id + 1 << ID_SHIFT) - 1)
    _catch_up(account_id)
    while True:
        indexed = through(account_id)
        found = set(_in_segments(account_id, look, first, min(last, indexed), candidates))
        found.update(_in_tail(account_id, look, max(first, indexed + 1), last, candidates))
        if through(account_id) >= indexed:  # else the index was thrown away while we read it
            return found if candidates is None else found.intersection(candidates)


def _catch_up(account_id: int) -> None:
    """What is read once and kept costs less than what every search reads. If it cannot be kept, it is only read."""
    try:
        if _is_far_behind(account_id):
            index_account(account_id, limit=1 << 30)
    except DatabaseError as problem:
        log.warning("search-index-not-written account=%d reason=%r", account_id, problem)


def size(account_id: int) -> int:
    """How many messages of an account are in the index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(count) FROM mailcore_searchsegment WHERE account_id = %s", [account_id])
        return int(cursor.fetchone()[0] or 0)


def through(account_id: int) -> int:
    """The newest message of an account that is in the index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT message_id FROM mailcore_searchstate WHERE account_id = %s", [account_id])
        row = cursor.fetchone()
    return int(row[0]) if row else account_id << ID_SHIFT


def _is_far_behind(account_id: int) -> bool:
    """After an import, or a flood that goes on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT id FROM mailcore_message WHERE account_id = %s AND id BETWEEN %s AND %s"
            " LIMIT %s) AS newer",
            [account_id, through(account_id) + 1, (account_id + 1 << ID_SHIFT) - 1, _LONG_TAIL],
        )
        return bool(cursor.fetchone()[0] >= _LONG_TAIL)


def _in_segments(
    account_id: int, look: Look, first: int, last: int, candidates: Sequence[int] | None
) -> Iterator[int]:
    if first > last:
        return
    chosen = _passing(account_id, look, first, last, candidates)
    for start in range(0, len(chosen), _OPEN):
        yield from _open_segments(account_id, look, chosen[start : start + _OPEN])


def reach(account_id: int, look: Look) -> int:
    """How many segments a search of the whole account would open; those that only need short texts cost little."""
    if look.sources == (SHORT,):
        return 0
    first = account_id << ID_SHIFT
    return len(_passing(account_id, look, first, first | _LOW, None))


def _passing(
    account_id: int, look: Look, first: int, last: int, candidates: Sequence[int] | None
) -> list[int]:
    """The segments that may hold what is looked for."""
    sieve = segment.Sieve(look.needles)
    is_sieved = sieve.is_useful and look.sources != (
        SHORT,
    )  # the short texts are read as quickly as their filters
    chosen: list[int] = []
    column = "grams" if is_sieved else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, last_id, {column} FROM mailcore_searchsegment WHERE account_id = %s AND id BETWEEN %s AND %s"
            " AND last_id >= %s ORDER BY id",
            [account_id, account_id << ID_SHIFT, last, first],
        )
        for number, last_id, grams in cursor.fetchall():
            if candidates is not None and not _any_between(candidates, number, last_id):
                continue
            if not is_sieved or sieve.passes(bytes(grams)):
                chosen.append(number)
    return chosen


def _any_between(ascending: Sequence[int], low: int, high: int) -> bool:
    index = bisect_left(ascending, low)
    return index < len(ascending) and ascending[index] <= high


def _open_segments(account_id: int, look: Look, numbers: Sequence[int]) -> Iterator[int]:
    condition, parameter = in_list("s.id", numbers)
    columns, joins = [], ""
    for source in look.sources:
        if source == SHORT:
            columns.append("s.short")
        else:
            columns.append(f"{source}.content")
            joins += f" JOIN {_TABLES[source]} {source} ON {source}.id = s.id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.members, {', '.join(columns)} FROM mailcore_searchsegment s{joins}"
            f" WHERE s.account_id = %s AND {condition}",
            [account_id, parameter],
        )
        rows = cursor.fetchall()
    base = account_id << ID_SHIFT
    for members, *contents in rows:
        positions: set[int] = set()
        for source, content in zip(look.sources, contents, strict=True):
            positions |= look.in_segment(source, bytes(content))
        if positions:
            numbers_of = segment.ids(members)
            yield from (base | numbers_of[position] for position in positions)


def _in_tail(
    account_id: int, look: Look, first: int, last: int, candidates: Sequence[int] | None
) -> Iterator[int]:
    wanted = None if candidates is None else set(candidates)
    for number, texts in _read_texts(account_id, first, last, wanted, with_body=BODIES in look.sources):
        if look.in_message(texts):
            yield number


# --- reading messages -------------------------------------------------------------------------------


def _read_texts(
    account_id: int, first: int, last: int, wanted: set[int] | None = None, *, with_body: bool = True
) -> Iterator[tuple[int, Texts]]:
    """The texts of an account's messages, in order of their ids."""
    while first <= last:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM mailcore_message WHERE account_id = %s AND id BETWEEN %s AND %s ORDER BY id LIMIT %s",
                [account_id, first, last, _READ],
            )
            numbers = [row[0] for row in cursor.fetchall()]
        if not numbers:
            return
        first = numbers[-1] + 1
        if wanted is not None:
            numbers = [number for number in numbers if number in wanted]
        if numbers:
            yield from _texts_of(account_id, numbers, with_body)


def texts_of(account_id: int, numbers: Sequence[int]) -> dict[int, Texts]:
    """The texts of some messages, read from the messages themselves."""
    return dict(_texts_of(account_id, numbers)) if numbers else {}


def _texts_of(account_id: int, numbers: Sequence[int], with_body: bool = True) -> Iterator[tuple[int, Texts]]:
    condition, parameter = in_list("m.id", numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.digest, m.prefix, m.header_size, m.parts, b.content FROM mailcore_message m"
            f" LEFT JOIN mailcore_blob b ON b.digest = m.digest WHERE m.account_id = %s AND {condition} ORDER BY m.id",
            [account_id, parameter],
        )
        rows = cursor.fetchall()
    for number, digest, prefix, header_size, parts, content in rows:
        yield number, _texts(bytes(digest), bytes(prefix), header_size, load(parts), content, with_body)


def _texts(
    digest: bytes, prefix: bytes, header_size: int, root: Part, content: Any, with_body: bool
) -> Texts:
    """The texts of one message. One that cannot be read now is indexed as empty rather than holding up the others."""
    source = _Window(digest, None if content is None else bytes(content))
    try:
        header = prefix + source.fetch(0, min(header_size, message_text.MAX_HEADER))
        return message_text.texts(header, root, source.fetch, with_body=with_body)
    except NotFound:
        log.error("search-octets-missing digest=%s", digest.hex())
        return Texts((b"",) * 6, b"", b"")


class _Window:
    """Slices of a blob; neighbours are read together, so that many small parts cost few reads."""

    _SIZE = 256 * 1024

    def __init__(self, digest: bytes, content: bytes | None) -> None:
        self._digest = digest
        self._is_whole = content is not None
        self._start, self._data = 0, content or b""

    def fetch(self, start: int, length: int) -> bytes:
        offset = start - self._start
        if not self._is_whole and not 0 <= offset <= offset + length <= len(self._data):
            self._start, offset = start, 0
            self._data = blobs.slice(self._digest, start, max(length, self._SIZE))
        return self._data[offset : offset + length]


# --- keeping it up to date --------------------------------------------------------------------------


_MOST_CALLS = 20
_growing: dict[
    int, tuple[int, int]
] = {}  # account: its newest message when we last looked, how often we waited


def index_pending(limit: int = 5000, *, wait_for_quiet: bool = False) -> int:
    """Index what arrived, in every account, at most about `limit` messages; how many there were.

    With `wait_for_quiet` an account that got mail since the last call is left alone, up to twenty times: while a flood
    of mail arrives, delivering it comes first.
    """
    done = 0
    behind = _behind()
    for account_id, newest in behind:
        last_seen, calls = _growing.get(account_id, (0, 0))
        if wait_for_quiet and newest != last_seen and calls < _MOST_CALLS:
            _growing[account_id] = newest, calls + 1
            continue
        done += index_account(account_id, limit - done)
        if done >= limit:
            break
        _growing.pop(account_id, None)
    for account_id in _growing.keys() - {account_id for account_id, _ in behind}:
        del _growing[account_id]
    return done


def _behind() -> list[tuple[int, int]]:
    """Accounts with messages that are not in the index, and the newest message of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.account_id, (SELECT max(m.id) FROM mailcore_message m WHERE m.account_id = s.account_id"
            f" AND m.id > COALESCE(x.message_id, s.account_id << {ID_SHIFT})"
            f" AND m.id < ((s.account_id + 1) << {ID_SHIFT})) FROM mailcore_accountstate s"
            " LEFT JOIN mailcore_searchstate x ON x.account_id = s.account_id"
        )
        return [(account_id, newest) for account_id, newest in cursor.fetchall() if newest is not None]


def index_account(account_id: int, limit: int = 5000) -> int:
    """Index what arrived in one account. Two at once do no harm: the second one's work is thrown away."""
    indexed = through(account_id)
    last = (account_id + 1 << ID_SHIFT) - 1
    number, batch, size = _unfinished(account_id, indexed)
    done = added = 0
    for message_id, texts in _read_texts(account_id, indexed + 1, last):
        batch.append((message_id & _LOW, texts))
        size += texts.size
        added += 1
        number = number or message_id
        if size >= segment.SIZE or len(batch) >= segment.MEMBERS:
            if not _write(account_id, number, batch, indexed, message_id):
                return done
            done, added, indexed = done + added, 0, message_id
            number, batch, size = 0, [], 0
            if done >= limit:
                return done
    if added and _write(account_id, number, batch, indexed, account_id << ID_SHIFT | batch[-1][0]):
        done += added
    return done


def _unfinished(account_id: int, indexed: int) -> tuple[int, list[tuple[int, Texts]], int]:
    """The newest segment, if there is room in it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.size, s.count, s.members, s.short, h.content, b.content FROM mailcore_searchsegment s"
            " JOIN mailcore_searchheaders h ON h.id = s.id JOIN mailcore_searchbodies b ON b.id = s.id"
            " WHERE s.account_id = %s AND s.id BETWEEN %s AND %s ORDER BY s.id DESC LIMIT 1",
            [account_id, account_id << ID_SHIFT, indexed],
        )
        row = cursor.fetchone()
    if row is None or row[1] >= segment.SIZE or row[2] >= segment.MEMBERS:
        return 0, [], 0
    return row[0], segment.unpack(*row[3:]), row[1]


def _write(account_id: int, number: int, batch: Sequence[tuple[int, Texts]], before: int, after: int) -> bool:
    """Store a segment, if the index stands where we found it; whether it did."""
    packed = segment.pack(batch)
    with writing.exclusive(is_durable=False), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mailcore_searchstate (account_id, message_id) VALUES (%s, %s)"
            " ON CONFLICT (account_id) DO NOTHING",
            [account_id, account_id << ID_SHIFT],
        )
        cursor.execute(
            "UPDATE mailcore_searchstate SET message_id = %s WHERE account_id = %s AND message_id = %s",
            [after, account_id, before],
        )
        if cursor.rowcount != 1:
            return False
        _put(account_id, number, packed, account_id << ID_SHIFT | batch[-1][0], len(batch))
    return True


def _put(account_id: int, number: int, packed: segment.Packed, last_id: int, count: int) -> None:
    columns = ("id", "account_id", "last_id", "count", "size", "members", "short", "grams")
    values: list[Any] = [
        number,
        account_id,
        last_id,
        count,
        packed.size,
        packed.members,
        packed.short,
        packed.grams,
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO mailcore_searchsegment ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(values))})"
            f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in columns[2:])}",
            values,
        )
        for source, content in ((HEADERS, packed.headers), (BODIES, packed.bodies)):
            cursor.execute(
                f"INSERT INTO {_TABLES[source]} (id, account_id, content) VALUES (%s, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET content = excluded.content",
                [number, account_id, content],
            )


def forget_deleted(account_id: int) -> int:
    """Take the texts of messages that exist no more out of the index; how many there were."""
    removed = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, members FROM mailcore_searchsegment WHERE account_id = %s ORDER BY id", [account_id]
        )
        segments = [(number, segment.ids(members)) for number, members in cursor.fetchall()]
    for number, members in segments:
        base = account_id << ID_SHIFT
        present = _present(account_id, [base | member for member in members])
        if len(present) < len(members):
            removed += len(members) - len(present)
            _rewrite(account_id, number, {message_id & _LOW for message_id in present})
    return removed


def _present(account_id: int, numbers: Sequence[int]) -> set[int]:
    condition, parameter = in_list("id", numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM mailcore_message WHERE account_id = %s AND {condition}", [account_id, parameter]
        )
        return {row[0] for row in cursor.fetchall()}


def _rewrite(account_id: int, number: int, kept: set[int]) -> None:
    """Write a segment without the members that are not `kept`; members it got meanwhile stay."""
    lock = " FOR UPDATE OF s" if connection.features.has_select_for_update else ""
    with writing.exclusive(is_durable=False), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.last_id, s.members, s.short, h.content, b.content FROM mailcore_searchsegment s"
            " JOIN mailcore_searchheaders h ON h.id = s.id JOIN mailcore_searchbodies b ON b.id = s.id"
            f" WHERE s.account_id = %s AND s.id = %s{lock}",
            [account_id, number],
        )
        row = cursor.fetchone()
        if row is None:
            return
        newest = max(kept, default=0)
        rest = [
            one
            for one in segment.unpack(*row[1:])
            if one[0] in kept or (one[0] > newest and _exists(account_id, one[0]))
        ]
        if rest:
            _put(account_id, number, segment.pack(rest), row[0], len(rest))
            return
        for table in ("mailcore_searchsegment", *_TABLES.values()):
            cursor.execute(f"DELETE FROM {table} WHERE account_id = %s AND id = %s", [account_id, number])


def _exists(account_id: int, number: int) -> bool:
    return bool(_present(account_id, [account_id << ID_SHIFT | number]))


def tidy() -> int:
    """Forget what was deleted, in every account."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM mailcore_searchstate")
        accounts = [row[0] for row in cursor.fetchall()]
    return sum(forget_deleted(account_id) for account_id in accounts)


def rebuild(account_ids: Iterable[int]) -> None:
    """Throw the index of these accounts away; `index_pending` makes it again."""
    for account_id in account_ids:
        with writing.exclusive(is_durable=False), transaction.atomic(), connection.cursor() as cursor:
            for table in ("mailcore_searchstate", "mailcore_searchsegment", *_TABLES.values()):
                cursor.execute(f"DELETE FROM {table} WHERE account_id = %s", [account_id])
