"""CAPABILITY: RFC 9051 §6.1.1."""

from __future__ import annotations

from mailcore.imap import capabilities
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session


def capability(session: Session, request: Request) -> Commanded:
    request.read()
    yield b"* CAPABILITY %s\r\n" % capabilities.words(session)
    return Done("CAPABILITY completed")
