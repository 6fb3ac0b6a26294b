"""TURN, SEND, SOML, SAML: of RFC 821, not ours to speak any more (RFC 5321 Appendix F)."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session


def historic(session: Session, argument: str) -> Handler:
    raise Refused(502, "5.5.1", "That command is history")
    yield b""  # a generator like all the others
