"""STLS: RFC 2595 §4. What was sent in front of the handshake is thrown away."""

from __future__ import annotations

from mailcore.dialogue import Handler, UpgradeTls
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command


def stls(session: Session, command: Command) -> Handler:
    if command.words:
        raise Refused("STLS takes no argument")
    if not session.can_encrypt:
        raise Refused("TLS is up already" if session.is_encrypted else "TLS is not available")
    yield wire.ok("Begin TLS")
    yield UpgradeTls()
    session.encrypted()
