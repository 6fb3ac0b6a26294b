"""COMPRESS DEFLATE: RFC 4978."""

from __future__ import annotations

from mailcore.dialogue import Deflate
from mailcore.imap.errors import Refused
from mailcore.imap.request import SAID, Commanded, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import word


def compress(session: Session, request: Request) -> Commanded:
    if request.read(word) != "DEFLATE":
        raise Malformed("Unknown compression")
    if session.is_compressed:
        raise Refused("Already compressing", b"COMPRESSIONACTIVE")
    session.is_compressed = True
    yield response.status(request.tag, "OK", "Compressing from here on")  # the last words that are not
    yield Deflate()
    return SAID
