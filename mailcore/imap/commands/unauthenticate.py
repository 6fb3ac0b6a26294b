"""UNAUTHENTICATE: RFC 8437. The connection stays, with its TLS and its compression; who it was for is forgotten."""

from __future__ import annotations

from mailcore.imap import capabilities
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session


def unauthenticate(session: Session, request: Request) -> Commanded:
    request.read()
    session.unauthenticated()
    yield from ()
    return Done("Nobody is logged in", b"CAPABILITY " + capabilities.words(session))
