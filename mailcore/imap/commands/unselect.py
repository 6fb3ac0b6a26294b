"""UNSELECT: leave, and leave everything as it is. RFC 3691, RFC 9051 §6.4.2."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session


def unselect(session: Session, request: Request) -> Commanded:
    request.read()
    session.unselect()
    yield from ()
    return Done("UNSELECT completed")
