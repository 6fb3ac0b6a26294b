"""COPY and UID COPY: RFC 9051 §6.4.7, RFC 4315 §3 (COPYUID)."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.mailbox_name import mailbox_name
from mailcore.imap.wire.sequence_set import sequence_set
from mailcore.store import mailboxes, messages
from mailcore.store.uidset import Ranges


def copy(session: Session, request: Request) -> Commanded:
    wanted, name = request.read(sequence_set, mailbox_name)
    selected = session.here()
    target = mailboxes.named(session.account_id, name)
    uids = selected.uid_ranges(wanted, request.by_uid, session.saved_result)
    yield from ()
    if not uids:
        return Done("Nothing to copy")
    copied = messages.copy(selected.mailbox, Ranges(uids), target)
    if not copied.old_uids:
        return Done("Nothing to copy")
    return Done("COPY completed", response.copyuid(copied.uidvalidity, copied.old_uids, copied.new_uids))
