"""RENAME: RFC 9051 §6.3.6."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.mailbox_name import mailbox_name
from mailcore.store import mailboxes


def rename(session: Session, request: Request) -> Commanded:
    old, new = request.read(mailbox_name, mailbox_name)
    mailboxes.rename(session.account_id, old, new)
    yield from ()
    return Done("RENAME completed")
