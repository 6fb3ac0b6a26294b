"""NOOP: RFC 1939 §5."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command


def noop(session: Session, command: Command) -> Handler:
    if command.words:
        raise Refused("NOOP takes no argument")
    yield wire.ok()
