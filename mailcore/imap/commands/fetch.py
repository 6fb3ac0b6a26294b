r"""FETCH and UID FETCH: RFC 9051 §6.4.5, RFC 7162 §3.1.4 (CHANGEDSINCE), RFC 7162 §3.2.6 (VANISHED).

Also PARTIAL (RFC 9394 §3.2).

Messages are read in blocks and written in blocks. `fetch_columns` does what is columns, `fetch_sections` what
is octets; here is which messages, and \Seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailcore.changes import log as change_log
from mailcore.imap import fetch_sections
from mailcore.imap.believed import Depth, View
from mailcore.imap.errors import Refused
from mailcore.imap.fetch_columns import FLAGS, KEYWORDS, MESSAGE, UID, Plan, Rows
from mailcore.imap.fetch_sections import HEADER_COLUMNS, SOURCE_COLUMNS, Source, UnknownEncoding
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.selected import Run, Selected
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.fetch_items import FetchItems, fetch_items
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.return_options import Page, page
from mailcore.imap.wire.sequence_set import SequenceSet, contains, sequence_set
from mailcore.models.entry import SEEN
from mailcore.store import flags

FEW_RUNS = 8  # up to here each run of messages is read by itself
_MANY_UIDS = 500
_BLOCK = {Depth.ENTRY: 1000, Depth.MESSAGE: 256, Depth.OCTETS: 256}
_BODIES_BLOCK = 32  # rows that may carry 64 KiB of octets each
_ENOUGH = 128 << 10

HEADER_OCTETS = "substr(b.content, 1, m.header_size)"
ALL_OCTETS = "b.content"


@dataclass(slots=True)
class Modifiers:
    changed_since: int | None = None
    wants_vanished: bool = False
    page: Page | None = None


@dataclass(slots=True)
class _State:
    """What one FETCH remembers from block to block."""

    has_missing: bool = False


def fetch(session: Session, request: Request) -> Commanded:
    wanted, items, modifiers = request.read(_arguments)
    selected = session.here()
    _note_condstore(session, items, modifiers)
    if modifiers.wants_vanished and not (request.by_uid and session.knows_vanished):
        raise Malformed("VANISHED needs UID FETCH and QRESYNC")
    runs = selected.runs(wanted, request.by_uid, session.saved_result)
    if modifiers.wants_vanished:
        yield from _vanished(session, selected, wanted, modifiers.changed_since or 0)
    if modifiers.page is not None:
        if not request.by_uid:
            raise Malformed("PARTIAL needs UID FETCH")
        runs = _paged(selected, runs, modifiers.page)
    state = _State()
    fetching = _Fetching(session, selected, items, request.by_uid, modifiers.changed_since, state)
    try:
        for run in fetching.blocks(runs):
            yield from fetching.written(*run)
    except UnknownEncoding as problem:
        raise Refused(str(problem), b"UNKNOWN-CTE") from problem
    if state.has_missing:
        return Done("Some of these messages are gone", b"EXPUNGEISSUED", "NO")
    return Done("FETCH completed")


def _paged(selected: Selected, runs: Sequence[Run], page: Page) -> list[Run]:
    """Those of the named messages that stand on this page (RFC 9394 §3.2)."""
    sizes = [selected.number_from(run.below) - run.number for run in runs]
    start, stop = page.bounds(sum(sizes))
    shown, before = [], 0
    for run, size in zip(runs, sizes, strict=True):
        first, end = max(start - before, 0), min(stop - before, size)
        if first < end:
            low = selected.uid_of(run.number + first) if first else run.low
            below = selected.uid_of(run.number + end) if end < size else run.below
            shown.append(Run(low, below, run.number + first))
        before += size
    return shown


def _note_condstore(session: Session, items: FetchItems, modifiers: Modifiers) -> None:
    if "MODSEQ" in items.simple or modifiers.changed_since is not None:
        session.enabled.add("CONDSTORE")


class _Fetching:
    """One FETCH at work."""

    def __init__(
        self,
        session: Session,
        selected: Selected,
        items: FetchItems,
        by_uid: bool,
        changed_since: int | None,
        state: _State,
    ) -> None:
        self.selected = selected
        self.state = state
        self.since = changed_since or 0
        self.sections = [fetch_sections.writer(section) for section in items.sections]
        self.marks_seen = items.sets_seen() and not selected.is_read_only
        simple = list(items.simple)
        if by_uid and "UID" not in simple and not session.uids_only:
            simple.insert(0, "UID")
        if changed_since is not None and "MODSEQ" not in simple:
            simple.append("MODSEQ")  # RFC 7162 §3.1.4.1
        self.tells_flags = "FLAGS" in simple
        self.tells_modseq = session.knows_modseq
        self.asks_modseq = "MODSEQ" in simple
        self._modseq = 0
        self.has_simple = bool(simple)
        depth, extra, block = Depth.ENTRY, [], 0
        if self.sections:
            depth, block = Depth.OCTETS, _BODIES_BLOCK
            needs_body = any(
                section.part or not section.text.startswith("HEADER") for section in items.sections
            )
            extra = [*SOURCE_COLUMNS, ALL_OCTETS] if needs_body else [*HEADER_COLUMNS, HEADER_OCTETS]
            if not needs_body:
                block = _BLOCK[depth]
        self.plan = Plan(simple, extra, depth, utf8=session.speaks_utf8, uids_only=session.uids_only)
        self.block = block or _BLOCK[self.plan.depth]

    # --- reading ----------------------------------------------------------------------------------------------------
    def blocks(self, runs: Sequence[Run]) -> Iterator[tuple[Sequence[int], Rows]]:
        """Numbers and rows, in order. Few long runs are read by range, anything else by list."""
        view = self.selected.view
        if not runs:
            return
        if not self.since and len(runs) <= FEW_RUNS:
            for run in runs:
                yield from self._range(view, run)
            return
        ranges = tuple((run.low, run.below - 1) for run in runs)
        if self.since:
            changed = view.changed_uids(self.since, runs[0].low, runs[-1].below)
            uids = [uid for uid in changed if contains(ranges, uid)]
        else:
            uids = self.selected.uids_in(ranges)
        step = min(_MANY_UIDS, self.block)
        for start in range(0, len(uids), step):
            rows = view.chosen(uids[start : start + step], self.plan.columns, self.plan.depth)
            uids_read = [row[UID] for row in rows]
            yield uids_read if self.selected.uids_only else self.selected.numbers_of(uids_read), rows

    def _range(self, view: View, run: Run) -> Iterator[tuple[Sequence[int], Rows]]:
        """A row for every message of the belief: they are numbered by counting."""
        number = run.number
        for rows in view.blocks(run.low, run.below, self.plan.columns, self.plan.depth, self.block):
            if self.selected.uids_only:
                yield [row[UID] for row in rows], rows
                continue
            yield range(number, number + len(rows)), rows
            number += len(rows)

    # --- writing ----------------------------------------------------------------------------------------------------
    def written(self, numbers: Sequence[int], rows: Rows) -> Iterator[bytes]:
        if self.plan.depth is not Depth.ENTRY and any(row[MESSAGE] is None for row in rows):
            self.state.has_missing = True
            kept = [(n, row) for n, row in zip(numbers, rows, strict=True) if row[MESSAGE] is not None]
            numbers, rows = [n for n, _ in kept], [row for _, row in kept]
        if not rows:
            return
        if not self.sections:
            lines = self.plan.written(self.selected, numbers, rows, b")\r\n")
            yield self.selected.flags.announcement() + b"".join(lines)
            return
        turned: set[int] = set()
        if self.marks_seen:
            rows, turned = self._see(rows)
        yield from self._with_sections(numbers, rows, turned)

    def _see(self, rows: Rows) -> tuple[Rows, set[int]]:
        r"""Mark what is about to be read as \Seen, and remember that the client is told of it here."""
        unseen = [row[UID] for row in rows if not row[FLAGS] & SEEN]
        if not unseen:
            return rows, set()
        changed = flags.add(self.selected.mailbox, unseen, SEEN)
        if not changed.entries:
            return rows, set()
        if (
            not self.asks_modseq
        ):  # the modseq read with the row is no longer true: let `sync` tell the new one
            self.selected.told.add(changed.modseq)
        now = {uid: (bits, keywords) for uid, bits, keywords in changed.entries}
        fresh = [(row[UID], *now[row[UID]], *row[KEYWORDS + 1 :]) if row[UID] in now else row for row in rows]
        self._modseq = changed.modseq
        return fresh, set(now)

    def _with_sections(self, numbers: Sequence[int], rows: Rows, turned: set[int]) -> Iterator[bytes]:
        heads = self.plan.written(self.selected, numbers, rows, b"")
        news = self.selected.flags.written(
            [row[UID] for row in rows], [row[FLAGS : KEYWORDS + 1] for row in rows]
        )
        said = [self.selected.flags.announcement()]
        size = 0
        first = self.plan.extra
        for head, row, new_flags in zip(heads, rows, news, strict=True):
            source = Source(*row[first : first + len(SOURCE_COLUMNS) + 1])
            space = b" " if self.has_simple else b""
            said.append(head)
            if row[UID] in turned:
                said.append(self._news(space, new_flags))
                space = b" "
            for write in self.sections:
                said.append(space)
                space = b" "
                for octets in write(source):
                    said.append(octets)
                    size += len(octets)
                    if size >= _ENOUGH:
                        yield b"".join(said)
                        said, size = [], 0
            said.append(b")\r\n")
        yield b"".join(said)

    def _news(self, space: bytes, new_flags: bytes) -> bytes:
        said = b"" if self.tells_flags else b"%sFLAGS %s" % (space, new_flags)
        if self.tells_modseq and not self.asks_modseq:
            said += b"%sMODSEQ (%d)" % (b" " if said else space, self._modseq)
        return said


def _vanished(session: Session, selected: Selected, wanted: SequenceSet, since: int) -> Iterator[bytes]:
    uids = selected.uid_ranges(wanted, True, session.saved_result)
    if not uids:
        return
    if change_log.reaches_back_to(selected.account_id, since):
        gone = View(selected.account_id, selected.mailbox_id, since).gone(selected.uidnext)
        gone = [uid for uid in gone if contains(uids, uid)]
    else:
        present = set(selected.view.uids(uids[0][0], uids[-1][1] + 1))
        gone = [uid for low, high in uids for uid in range(low, high + 1) if uid not in present]
    if gone:
        yield response.vanished(gone, earlier=True)


def _arguments(reader: Reader) -> tuple[SequenceSet, FetchItems, Modifiers]:
    wanted = sequence_set(reader)
    reader.space()
    items = fetch_items(reader)
    modifiers = Modifiers()
    if not reader.at_end():
        reader.space()
        if not reader.at_end():
            reader.listed(lambda r: _modifier(r, modifiers), at_most=10)
    if modifiers.wants_vanished and modifiers.changed_since is None:
        raise Malformed("VANISHED needs CHANGEDSINCE")
    return wanted, items, modifiers


def _modifier(reader: Reader, modifiers: Modifiers) -> None:
    match reader.word():
        case "CHANGEDSINCE":
            reader.space()
            modifiers.changed_since = reader.number64()
            if not modifiers.changed_since:
                raise Malformed("Expected a number above 0")
        case "VANISHED":
            modifiers.wants_vanished = True
        case "PARTIAL":
            reader.space()
            modifiers.page = page(reader)
        case _:
            raise Malformed("Unknown modifier")
