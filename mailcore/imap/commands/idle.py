"""IDLE: RFC 2177, RFC 9051 §6.3.13."""

from __future__ import annotations

from mailcore.changes import log as change_log
from mailcore.dialogue import AwaitChanges, Woken
from mailcore.imap import sync
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.sync import Tell
from mailcore.imap.wire.malformed import Malformed


def idle(session: Session, request: Request) -> Commanded:
    request.read()
    if session.selected is not None:
        session.selected.forget_map()  # whoever sleeps needs no memory
    yield b"+ idling\r\n"
    while True:
        # Where we are is read first: what happens after that will wake us.
        since = change_log.modseq(session.account_id)
        yield from sync.updates(session, Tell.EVERYTHING)
        woken: Woken = yield AwaitChanges(session.account_id, since)
        if woken.line is not None:
            break
    if woken.line.upper() != b"DONE":
        raise Malformed("Expected DONE")
    return Done("IDLE completed")
