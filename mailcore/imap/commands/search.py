"""SEARCH and UID SEARCH: RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES), RFC 9394."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailcore.imap import esearch, object_ids
from mailcore.imap.believed import Depth, View
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.selected import Selected
from mailcore.imap.session import Session
from mailcore.imap.wire import return_options, search_program
from mailcore.imap.wire.malformed import NumbersForbidden
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.return_options import Returns
from mailcore.imap.wire.search_program import BadCharset, Notes, Resolver
from mailcore.imap.wire.sequence_set import Ranges, SequenceSet
from mailcore.search import evaluate, query
from mailcore.search.query import Query


@dataclass(frozen=True, slots=True)
class Program:
    """What is asked for: results wanted (None: the answer of old), the query, whether it named a modseq."""

    returns: Returns | None
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
    modseq = highest_modseq(selected.view, uids) if program.uses_modseq and uids else 0
    if returns is None and session.speaks_rev2:
        returns = Returns(frozenset({"ALL"}))
    if returns is None:
        yield _search(uids if request.by_uid else selected.numbers_of(uids), modseq)
    else:
        if "SAVE" in returns:
            session.saved_result = esearch.saved(uids, returns)
        if returns.options != {"SAVE"}:
            numbers = uids if request.by_uid else selected.numbers_of(uids)
            correlator = b'TAG "%s"' % request.tag.encode()
            yield esearch.response(correlator, numbers, returns, by_uid=request.by_uid, modseq=modseq)
    return Done("SEARCH completed")


def found(selected: Selected, wanted: Query) -> list[int]:
    """UIDs that match, of those that the client knows."""
    return selected.believes(evaluate.uids(selected.mailbox, wanted))


def resolver(session: Session, selected: Selected) -> Resolver:
    """How sequence sets and identifiers of a search program are read in this session."""

    def uids(wanted: SequenceSet, by_uid: bool) -> Query:
        if session.uids_only and not by_uid and not wanted.is_saved_result:
            raise NumbersForbidden
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
    returns = return_options.returns(reader)
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


def highest_modseq(view: View, uids: list[int]) -> int:
    """What comes with the result of a program that named a modseq (RFC 7162 §3.1.5)."""
    rows = view.chosen(uids, ["e.uid", "e.modseq"], Depth.ENTRY)
    return max((row[1] for row in rows), default=0)
