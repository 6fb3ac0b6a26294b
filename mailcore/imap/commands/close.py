"""CLOSE: expunge without a word, then leave. RFC 9051 §6.4.1."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.store import messages


def close(session: Session, request: Request) -> Commanded:
    request.read()
    selected = session.here()
    code = b""
    if not selected.is_read_only:
        gone = messages.expunge(selected.mailbox)
        if gone.uids and session.knows_vanished:  # RFC 7162 §3.2.8
            code = b"HIGHESTMODSEQ %d" % gone.modseq
    session.unselect()
    yield from ()
    return Done("CLOSE completed", code)
