"""UTF8: RFC 6856 §2.1."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command


def utf8(session: Session, command: Command) -> Handler:
    if command.words:
        raise Refused("UTF8 takes no argument")
    session.is_utf8 = True
    yield wire.ok("UTF-8 it is")
