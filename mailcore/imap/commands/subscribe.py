"""SUBSCRIBE and UNSUBSCRIBE: RFC 9051 §6.3.7, RFC 9051 §6.3.8."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.mailbox_name import mailbox_name
from mailcore.store import mailboxes


def subscribe(session: Session, request: Request) -> Commanded:
    mailboxes.subscribe(session.account_id, request.read(mailbox_name))
    yield from ()
    return Done("SUBSCRIBE completed")


def unsubscribe(session: Session, request: Request) -> Commanded:
    mailboxes.unsubscribe(session.account_id, request.read(mailbox_name))
    yield from ()
    return Done("UNSUBSCRIBE completed")
