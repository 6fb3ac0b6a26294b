"""GETMETADATA and SETMETADATA: RFC 5464. The mailbox "" is the account as a whole."""

from __future__ import annotations

from mailcore.imap.errors import Refused
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import metadata
from mailcore.imap.wire.mailbox_name import mailbox_name, written
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.metadata import Options
from mailcore.imap.wire.reader import Reader
from mailcore.models import Mailbox
from mailcore.store import mailbox_metadata, mailboxes

SPECIAL_USE = "/private/specialuse"


def getmetadata(session: Session, request: Request) -> Commanded:
    options, name, entries = request.read(_asked)
    mailbox = _mailbox(session, name)
    held = known(session.account_id, [mailbox], entries, options.depth)[mailbox.id]
    longest = 0
    for entry, value in list(held.items()):
        if options.most_octets is not None and value is not None and len(value) > options.most_octets:
            longest = max(longest, len(value))
            del held[entry]
    if held:
        yield b"* METADATA %s %s\r\n" % (written(name, session.speaks_utf8), metadata.written(held))
    return Done("GETMETADATA completed", b"METADATA LONGENTRIES %d" % longest if longest else b"")


def setmetadata(session: Session, request: Request) -> Commanded:
    name, values = request.read(mailbox_name, metadata.values)
    mailbox = _mailbox(session, name)
    yield from ()
    if SPECIAL_USE in values:
        raise Refused("A mailbox has the use it was made with", b"CANNOT")
    try:
        mailbox_metadata.write(session.account_id, mailbox.id, values)
    except mailbox_metadata.TooLarge as problem:
        raise Refused(str(problem), b"METADATA MAXSIZE %d" % mailbox_metadata.MOST_OCTETS) from problem
    except mailbox_metadata.TooMany as problem:
        raise Refused(str(problem), b"METADATA TOOMANY") from problem
    return Done("SETMETADATA completed")


def known(
    account_id: int, wanted: list[Mailbox], entries: list[str], depth: int | None = 0
) -> dict[int, dict[str, bytes | None]]:
    """What is noted beside each mailbox; None for entries that were named but are not there (RFC 9590 §3.1)."""
    found = mailbox_metadata.read(account_id, [each.id for each in wanted], entries, depth)
    held: dict[int, dict[str, bytes | None]] = {}
    for mailbox in wanted:
        mine: dict[str, bytes | None] = {**dict.fromkeys(entries), **found.get(mailbox.id, {})}
        if SPECIAL_USE in mine and mailbox.special_use:  # RFC 6154 §4
            mine[SPECIAL_USE] = mailbox.special_use.encode()
        held[mailbox.id] = mine
    return held


def _mailbox(session: Session, name: str) -> Mailbox:
    if name:
        return mailboxes.named(session.account_id, name)
    return Mailbox(id=mailbox_metadata.ACCOUNT, account_id=session.account_id)


def _asked(reader: Reader) -> tuple[Options, str, list[str]]:
    """Options stand before the mailbox in the grammar, and after it in half of the RFC's examples."""
    options = None
    if reader.peek() == b"(":
        options = metadata.options(reader)
        reader.space()
    name = mailbox_name(reader)
    reader.space()
    at = reader.at
    if options is None and reader.peek() == b"(":
        try:
            options = metadata.options(reader)
            reader.space()
        except Malformed:
            reader.at = at
    return options or Options(), name, metadata.entries(reader)
