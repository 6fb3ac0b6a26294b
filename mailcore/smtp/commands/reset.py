"""RSET: RFC 5321 §4.1.1.5."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply


def rset(session: Session, argument: str) -> Handler:
    if argument:
        raise Refused(501, "5.5.4", "RSET takes no argument")
    session.reset()
    yield reply(250, "2.0.0", "Ok")
