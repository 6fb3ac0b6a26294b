"""THREAD and UID THREAD: RFC 5256 §3."""

from __future__ import annotations

from mailcore.imap import threads
from mailcore.imap.believed import Depth
from mailcore.imap.commands.search import resolver
from mailcore.imap.commands.sort import keyed
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.selected import Selected
from mailcore.imap.session import Session
from mailcore.imap.wire import search_program
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.search_program import Notes
from mailcore.search.query import Query

COLUMNS = ["m.sent", "m.base_subject", "m.is_reply", "m.message_id", "m.reference_ids"]


def thread(session: Session, request: Request) -> Commanded:
    selected = session.here()
    algorithm, wanted = request.read(lambda reader: _arguments(reader, session, selected))
    rows = [row for row in keyed(selected, wanted, COLUMNS, Depth.MESSAGE) if row[1] is not None]
    if request.by_uid:
        names = [row[0] for row in rows]
    else:
        names = selected.numbers_of([row[0] for row in rows])
    messages = [
        threads.Message(name, row[1], row[2], bool(row[3]), row[4], row[5])
        for name, row in zip(names, rows, strict=True)
    ]
    written = threads.written(algorithm(messages))
    yield b"* THREAD%s%s\r\n" % (b" " if written else b"", written)
    return Done("THREAD completed")


def _arguments(reader: Reader, session: Session, selected: Selected) -> tuple[threads.Algorithm, Query]:
    algorithm = threads.ALGORITHMS.get(reader.word())
    if algorithm is None:
        raise Malformed("Unknown threading algorithm")
    reader.space()
    charset = search_program.codec(reader.text())
    reader.space()
    return algorithm, search_program.search_keys(reader, charset, resolver(session, selected), Notes())
