"""EXPUNGE and UID EXPUNGE: RFC 9051 §6.4.3, RFC 9051 §6.4.9, RFC 4315 §2.1. `sync` tells what is gone."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.sequence_set import sequence_set
from mailcore.store import messages
from mailcore.store.messages import Expunged
from mailcore.store.uidset import Ranges


def expunge(session: Session, request: Request) -> Commanded:
    request.read()
    gone = messages.expunge(session.here_for_writing().mailbox)
    yield from ()
    return _done(session, gone)


def uid_expunge(session: Session, request: Request) -> Commanded:
    wanted = request.read(sequence_set)
    selected = session.here_for_writing()
    uids = selected.uid_ranges(wanted, True, session.saved_result)
    gone = messages.expunge(selected.mailbox, Ranges(uids)) if uids else Expunged([], 0)
    yield from ()
    return _done(session, gone)


def _done(session: Session, gone: Expunged) -> Done:
    # RFC 7162 §3.2.7: a client that resynchronizes may count these as known.
    is_told = gone.uids and session.knows_vanished
    return Done("EXPUNGE completed", b"HIGHESTMODSEQ %d" % gone.modseq if is_told else b"")
