"""AUTHENTICATE: RFC 9051 §6.2.2, RFC 4959 (SASL-IR)."""

from __future__ import annotations

from mailcore.identity import sasl
from mailcore.imap import capabilities
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.reader import Reader


def authenticate(session: Session, request: Request) -> Commanded:
    mechanism, initial = request.read(_arguments)
    account = yield from sasl.converse(
        mechanism, initial, prompt=b"+ ", protocol="imap", peer=session.peer, encrypted=session.is_tls
    )
    session.authenticated(account)
    return Done("Authenticated", b"CAPABILITY " + capabilities.words(session))


def _arguments(reader: Reader) -> tuple[str, bytes | None]:
    mechanism = reader.word()
    if reader.at_end():
        return mechanism, None
    reader.space()
    return mechanism, reader.astring()
