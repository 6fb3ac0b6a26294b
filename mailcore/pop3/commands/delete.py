"""DELE and RSET: RFC 1939 §5. Only marks; QUIT removes."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command


def dele(session: Session, command: Command) -> Handler:
    number = session.drop.check(command.number())
    session.drop.deleted.add(number)
    yield wire.ok(f"Message {number} deleted")


def rset(session: Session, command: Command) -> Handler:
    if command.words:
        raise Refused("RSET takes no argument")
    drop = session.drop
    drop.deleted.clear()
    yield wire.ok(f"{len(drop)} messages ({drop.octets} octets)")
