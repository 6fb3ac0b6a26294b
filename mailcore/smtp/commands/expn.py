"""EXPN: RFC 5321 §4.1.1.7. Who is on a list is the list's business (§7.3)."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply


def expn(session: Session, argument: str) -> Handler:
    if not argument:
        raise Refused(501, "5.5.4", "EXPN list")
    yield reply(252, "2.5.2", "Lists are not expanded here, but will take messages for them")
