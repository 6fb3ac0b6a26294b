"""QUIT: RFC 5321 §4.1.1.10."""

from __future__ import annotations

from mailcore.dialogue import Close, Handler
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply


def quit_(session: Session, argument: str) -> Handler:
    if argument:
        raise Refused(501, "5.5.4", "QUIT takes no argument")
    session.reset()
    yield reply(221, "2.0.0", f"{session.policy.hostname} closing connection")
    yield Close()
