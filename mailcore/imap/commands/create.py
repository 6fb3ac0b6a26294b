"""CREATE: RFC 9051 §6.3.4, RFC 6154 §3 (CREATE-SPECIAL-USE), RFC 8474 §4.1."""

from __future__ import annotations

from mailcore.imap.errors import Refused
from mailcore.imap.object_ids import mailbox_id
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import flags
from mailcore.imap.wire.mailbox_name import mailbox_name
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.store import mailboxes
from mailcore.store.errors import NotPermitted

USES = {use.upper(): use for use in mailboxes.SPECIAL}


def create(session: Session, request: Request) -> Commanded:
    name, uses = request.read(_arguments)
    if len(uses) > 1 or any(use.upper() not in USES for use in uses):
        raise Refused("Not a use we have", b"USEATTR")
    try:
        mailbox = mailboxes.create(session.account_id, name, USES[uses[0].upper()] if uses else "")
    except NotPermitted as problem:
        if not uses:
            raise
        raise Refused(str(problem), b"USEATTR") from problem
    yield from ()
    return Done("CREATE completed", f"MAILBOXID ({mailbox_id(mailbox.id)})".encode())


def _arguments(reader: Reader) -> tuple[str, list[str]]:
    name = mailbox_name(reader)
    uses: list[str] = []
    if not reader.at_end():
        reader.space()
        reader.expect(b"(")
        if reader.word() != "USE":
            raise Malformed("Unknown parameter")
        reader.space()
        uses = reader.listed(flags.flag, at_most=20, may_be_empty=True)
        reader.expect(b")")
    return name, uses
