"""LOGIN: RFC 9051 §6.2.3."""

from __future__ import annotations

from django.conf import settings

from mailcore.identity import credentials
from mailcore.identity.errors import EncryptionRequired
from mailcore.imap import capabilities
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.reader import text


def login(session: Session, request: Request) -> Commanded:
    address, password = request.read(text, text)
    if not (session.is_tls or settings.MAIL_PLAINTEXT_AUTH):
        raise EncryptionRequired("Start TLS first")
    session.authenticated(credentials.check(address, password, protocol="imap", peer=session.peer))
    yield from ()
    return Done("Logged in", b"CAPABILITY " + capabilities.words(session))
