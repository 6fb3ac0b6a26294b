"""LOGOUT: RFC 9051 §6.1.3."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import response


def logout(session: Session, request: Request) -> Commanded:
    request.read()
    session.logging_out()
    yield response.bye("Until next time")
    return Done("LOGOUT completed")
