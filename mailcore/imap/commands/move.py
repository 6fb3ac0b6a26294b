"""MOVE and UID MOVE: RFC 6851, RFC 9051 §6.4.8."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.mailbox_name import mailbox_name
from mailcore.imap.wire.sequence_set import sequence_set
from mailcore.store import mailboxes, messages
from mailcore.store.uidset import Ranges


def move(session: Session, request: Request) -> Commanded:
    wanted, name = request.read(sequence_set, mailbox_name)
    selected = session.here_for_writing()
    target = mailboxes.named(session.account_id, name)
    uids = selected.uid_ranges(wanted, request.by_uid, session.saved_result)
    if not uids:
        return Done("Nothing to move")
    moved = messages.move(selected.mailbox, Ranges(uids), target)
    if not moved.old_uids:
        return Done("Nothing to move")
    # COPYUID goes first, before `sync` reports the expunges: a client cut off in between can still tell which
    # of its messages went where (RFC 9051 §6.4.8).
    yield response.ok("Moved", response.copyuid(moved.uidvalidity, moved.old_uids, moved.new_uids))
    return Done("MOVE completed", b"HIGHESTMODSEQ %d" % moved.modseq if session.knows_vanished else b"")
