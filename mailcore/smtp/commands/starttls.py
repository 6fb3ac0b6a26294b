"""STARTTLS: RFC 3207. What was sent in front of the handshake is thrown away, what was said is forgotten (§4.2, §6)."""

from __future__ import annotations

from mailcore.dialogue import Handler, UpgradeTls
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply


def starttls(session: Session, argument: str) -> Handler:
    if argument:
        raise Refused(501, "5.5.4", "STARTTLS takes no argument")
    if session.is_encrypted:
        raise Refused(503, "5.5.1", "TLS is up already")
    if not session.can_encrypt:
        raise Refused(454, "4.7.0", "TLS is not available")
    yield reply(220, "2.0.0", "Begin TLS")
    yield UpgradeTls()
    session.encrypted()
