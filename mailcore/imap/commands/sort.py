"""SORT and UID SORT: RFC 5256 §3, RFC 5267 §3 (ESORT), RFC 5957 (SORT=DISPLAY)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from mailcore.imap import esearch
from mailcore.imap.believed import Depth
from mailcore.imap.commands.search import found, highest_modseq, resolver
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.selected import Selected
from mailcore.imap.session import Session
from mailcore.imap.wire import return_options, search_program
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.return_options import Returns
from mailcore.imap.wire.search_program import Notes
from mailcore.message import addresses
from mailcore.message.addresses import Group
from mailcore.search import query
from mailcore.search.query import Query


def _shown(people: str) -> str:
    """The first of them as people read it: a name, or else an address (RFC 5957 §3)."""
    first = next(iter(addresses.parse(people)), None)
    if first is None:
        return ""
    return (first.name or ("" if isinstance(first, Group) else f"{first.local}@{first.domain}")).upper()


KEYS = {
    "ARRIVAL": ("e.received", Depth.ENTRY),
    "SIZE": ("e.size", Depth.ENTRY),
    "DATE": ("m.sent", Depth.MESSAGE),
    "SUBJECT": ("m.base_subject", Depth.MESSAGE),
    "FROM": ("m.sort_from", Depth.MESSAGE),
    "TO": ("m.sort_to", Depth.MESSAGE),
    "CC": ("m.sort_cc", Depth.MESSAGE),
    "DISPLAYFROM": ("m.sender", Depth.MESSAGE),
    "DISPLAYTO": ("m.recipients_to", Depth.MESSAGE),
}
_AS_SHOWN = {"DISPLAYFROM", "DISPLAYTO"}
_BLOCK = 5000
_MOST_CRITERIA = 1000


@dataclass(frozen=True, slots=True)
class Criterion:
    key: str
    is_reversed: bool


def sort(session: Session, request: Request) -> Commanded:
    selected = session.here()
    returns, criteria, wanted, uses_modseq = request.read(
        lambda reader: _arguments(reader, session, selected)
    )
    if uses_modseq:
        session.enabled.add("CONDSTORE")
    depth = max((KEYS[each.key][1] for each in criteria), key=[*Depth].index)
    rows = keyed(selected, wanted, [KEYS[each.key][0] for each in criteria], depth)
    # Python's sort is stable: the least important key first, and the order of arrival decides what is equal.
    for index in range(len(criteria), 0, -1):
        rows.sort(key=_key(rows, criteria[index - 1], index), reverse=criteria[index - 1].is_reversed)
    uids = [row[0] for row in rows]
    numbers = uids if request.by_uid else _numbers(selected, uids)
    modseq = highest_modseq(selected.view, uids) if uses_modseq and uids else 0
    if returns is None:
        said = b"".join([b" %d" % number for number in numbers])
        yield b"* SORT%s%s\r\n" % (said, b" (MODSEQ %d)" % modseq if modseq else b"")
        return Done("SORT completed")
    if "SAVE" in returns:
        session.saved_result = esearch.saved(uids, returns)
    if returns.options != {"SAVE"}:
        correlator = b'TAG "%s"' % request.tag.encode()
        yield esearch.response(correlator, numbers, returns, by_uid=request.by_uid, modseq=modseq)
    return Done("SORT completed")


def _key(rows: list[tuple[Any, ...]], criterion: Criterion, index: int) -> Callable[[tuple[Any, ...]], Any]:
    if criterion.key not in _AS_SHOWN:
        return itemgetter(index)
    names = {people: _shown(people) for people in {row[index] or "" for row in rows}}
    return lambda row: names[row[index] or ""]


def keyed(selected: Selected, wanted: Query, columns: list[str], depth: Depth) -> list[tuple[Any, ...]]:
    """(uid, *columns) of the messages that match, by UID; messages already forgotten are left out."""
    view, columns = selected.view, ["e.uid", *columns]
    if isinstance(wanted, query.All):
        return view.live(selected.uidnext, columns, depth)
    uids = found(selected, wanted)
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(uids), _BLOCK):
        rows += view.chosen(uids[start : start + _BLOCK], columns, depth)
    return rows


def _numbers(selected: Selected, uids: list[int]) -> list[int]:
    ascending = sorted(uids)
    number = dict(zip(ascending, selected.numbers_of(ascending), strict=True))
    return [number[uid] for uid in uids]


def _arguments(
    reader: Reader, session: Session, selected: Selected
) -> tuple[Returns | None, list[Criterion], Query, bool]:
    returns = return_options.returns(reader)
    words = reader.listed(Reader.word, at_most=_MOST_CRITERIA)
    criteria: dict[str, Criterion] = {}
    is_reversed = False
    for word in words:
        if word == "REVERSE" and not is_reversed:
            is_reversed = True
        elif word in KEYS:
            criteria.setdefault(word, Criterion(word, is_reversed))  # a key named twice decides only once
            is_reversed = False
        else:
            raise Malformed("Unknown sort key")
    if is_reversed:
        raise Malformed("REVERSE of what?")
    reader.space()
    charset = search_program.codec(reader.text())
    reader.space()
    notes = Notes()
    keys = search_program.search_keys(reader, charset, resolver(session, selected), notes)
    return returns, [*criteria.values()], keys, notes.uses_modseq
