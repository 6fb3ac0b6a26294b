"""DELETE: RFC 9051 §6.3.5."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.mailbox_name import mailbox_name
from mailcore.store import mailboxes


def delete(session: Session, request: Request) -> Commanded:
    mailbox = mailboxes.delete(session.account_id, request.read(mailbox_name))
    if session.selected is not None and session.selected.mailbox_id == mailbox.id:
        session.unselect()
        yield response.ok("The selected mailbox is no more", "CLOSED")
    return Done("DELETE completed")
