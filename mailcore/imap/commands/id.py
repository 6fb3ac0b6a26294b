"""ID: who is there. RFC 2971 §3.1."""

from __future__ import annotations

import logging

from django.conf import settings

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader, decoded

MOST_FIELDS = 30
LONGEST_VALUE = 1024

log = logging.getLogger(__name__)


def identify(session: Session, request: Request) -> Commanded:
    told = request.read(_parameters)
    if told:
        log.info("client session=%s name=%r version=%r", session.id, told.get("name"), told.get("version"))
    yield b'* ID ("name" %s)\r\n' % response.string(settings.MAIL_PRODUCT_NAME.encode())
    return Done("ID completed")


def _parameters(reader: Reader) -> dict[str, str]:
    if reader.peek() != b"(":
        if reader.word() != "NIL":
            raise Malformed("Expected a list or NIL")
        return {}
    pairs = reader.listed(_pair, at_most=MOST_FIELDS, may_be_empty=True)
    return {name.lower(): value for name, value in pairs}


def _pair(reader: Reader) -> tuple[str, str]:
    name = reader.string()
    reader.space()
    value = reader.nstring() or b""
    if len(name) > 30 or len(value) > LONGEST_VALUE:
        raise Malformed("ID value too long")
    return decoded(name), decoded(value)
