"""VRFY: RFC 5321 §4.1.1.6, with the answer that tells nobody anything (§7.3)."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply


def vrfy(session: Session, argument: str) -> Handler:
    if not argument:
        raise Refused(501, "5.5.4", "VRFY address")
    yield reply(252, "2.5.2", "Cannot verify, but will take messages and try to deliver them")
