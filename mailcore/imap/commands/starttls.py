"""STARTTLS: RFC 9051 §6.2.1."""

from __future__ import annotations

from mailcore.dialogue import UpgradeTls
from mailcore.imap.request import SAID, Commanded, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.malformed import Malformed


def starttls(session: Session, request: Request) -> Commanded:
    request.read()
    if session.is_tls:
        raise Malformed("TLS is active already")
    yield response.status(request.tag, "OK", "Begin TLS negotiation now")
    yield UpgradeTls()
    session.encrypted()
    return SAID
