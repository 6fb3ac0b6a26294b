"""NOOP: RFC 5321 §4.1.1.9; whatever follows it is ignored."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply


def noop(session: Session, argument: str) -> Handler:
    yield reply(250, "2.0.0", "Ok")
