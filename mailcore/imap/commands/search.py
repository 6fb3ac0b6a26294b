"""SEARCH and UID SEARCH: RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailcore.imap import object_ids
from mailcore.imap.believed import Depth
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.selected import Selected, uid_runs
from mailcore.imap.session import Session
from mailcore.imap.wire import search_program
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.search_program import BadCharset, Notes, Resolver
from mailcore.imap.wire.sequence_set import Ranges, SequenceSet, compact
from mailcore.search import evaluate, query
from mailcore.search.query import Query


@dataclass(frozen=True, slots=True)
class Program:
    """What is asked for: results wanted (None: the answer of old), the query, whether it named a modseq."""

    returns: frozenset[str] | None
    query: Query
    uses_modseq: bool


def search(session: Session, request: Request) -> Commanded:
    selected = session.here()
    program = request.read(lambda reader: _program(reader, session, selected))
    returns = program.returns
    if program.uses_modseq:
        session.enabled.add("CONDSTORE")
    if returns and "SAVE" in returns:
        session.saved_result = ()  # a search that fails from here on saves nothing (RFC 5182 §2.1)
    uids = found(selected, program.query)
    modseq = _highest_modseq(selected, uids) if program.uses_modseq and uids else 0
    if returns is None and session.speaks_rev2:
        returns = frozenset({"ALL"})
    if returns is None:
        yield _search(uids if request.by_uid else selected.numbers_of(uids), modseq)
    else:
        if "SAVE" in returns:
            session.saved_result = _saved(uids, returns)
        if returns != {"SAVE"}:
            numbers = uids if request.by_uid else selected.numbers_of(uids)
            yield _esearch(request, numbers, returns, modseq)
    return Done("SEARCH completed")


def found(selected: Selected, wanted: Query) -> list[int]:
    """UIDs that match, of those that the client knows."""
    return selected.believes(evaluate.uids(selected.mailbox, wanted))


def resolver(session: Session, selected: Selected) -> Resolver:
    """How sequence sets and identifiers of a search program are read in this session."""

    def uids(wanted: SequenceSet, by_uid: bool) -> Query:
        ranges: Ranges = selected.uid_ranges(wanted, by_uid, session.saved_result)
        return query.Uid(ranges) if ranges else query.Not(query.All())

    def row(kind: str, term: type[query.MessageId] | type[query.ConversationId], text: str) -> Query:
        number = object_ids.number_of(text, kind)
        return query.Not(query.All()) if number is None else term(number)

    return Resolver(
        by_number=lambda wanted: uids(wanted, False),
        by_uid=lambda wanted: uids(wanted, True),
        email_id=lambda text: row("M", query.MessageId, text),
        thread_id=lambda text: row("T", query.ConversationId, text),
    )


def _program(reader: Reader, session: Session, selected: Selected) -> Program:
    notes = Notes()
    returns = search_program.optional_returns(reader)
    try:
        charset = search_program.optional_charset(reader)
    except BadCharset:
        if returns and "SAVE" in returns:
            session.saved_result = ()
        raise
    keys = search_program.search_keys(reader, charset, resolver(session, selected), notes)
    return Program(returns, keys, notes.uses_modseq)


def _search(numbers: Sequence[int], modseq: int) -> bytes:
    """RFC 3501 §7.2.5."""
    words = b"".join([b" %d" % number for number in numbers])
    return b"* SEARCH%s%s\r\n" % (words, b" (MODSEQ %d)" % modseq if modseq else b"")


def _esearch(request: Request, numbers: Sequence[int], returns: frozenset[str], modseq: int) -> bytes:
    """RFC 9051 §7.3.4."""
    said = b'* ESEARCH (TAG "%s")%s' % (request.tag.encode(), b" UID" if request.by_uid else b"")
    if numbers:
        if "MIN" in returns:
            said += b" MIN %d" % numbers[0]
        if "MAX" in returns:
            said += b" MAX %d" % numbers[-1]
        if "ALL" in returns:
            said += b" ALL " + compact(numbers)
    if "COUNT" in returns:
        said += b" COUNT %d" % len(numbers)
    return said + (b" MODSEQ %d\r\n" % modseq if modseq else b"\r\n")


def _saved(uids: list[int], returns: frozenset[str]) -> Ranges:
    """What `$` means from now on (RFC 5182 §2.4): MIN and MAX alone save only themselves."""
    if returns & {"MIN", "MAX"} and not returns & {"ALL", "COUNT"} and uids:
        ends = ([uids[0]] if "MIN" in returns else []) + ([uids[-1]] if "MAX" in returns else [])
        return uid_runs(sorted(set(ends)))
    return uid_runs(uids)


def _highest_modseq(selected: Selected, uids: list[int]) -> int:
    rows = selected.view.chosen(uids, ["e.uid", "e.modseq"], Depth.ENTRY)
    return max((row[1] for row in rows), default=0)
