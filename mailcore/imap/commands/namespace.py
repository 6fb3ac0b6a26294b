"""NAMESPACE: RFC 2342, RFC 9051 §6.3.10. There is one, the personal one."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session


def namespace(session: Session, request: Request) -> Commanded:
    request.read()
    yield b'* NAMESPACE (("" "/")) NIL NIL\r\n'
    return Done("NAMESPACE completed")
