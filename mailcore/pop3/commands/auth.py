"""AUTH: RFC 5034."""

from __future__ import annotations

import logging

from mailcore.dialogue import Handler
from mailcore.identity import sasl
from mailcore.identity.errors import EncryptionRequired
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command

logger = logging.getLogger(__name__)


def auth(session: Session, command: Command) -> Handler:
    if not session.mechanisms:
        raise EncryptionRequired("AUTH without TLS")
    words = command.words
    if not words:  # not RFC 5034, but what many clients ask first
        yield wire.ok("Mechanisms")
        yield from wire.lines(session.mechanisms)
        return
    if len(words) > 2:
        raise Refused("AUTH mechanism [initial-response]")
    account = yield from sasl.converse(
        words[0],
        words[1].encode() if len(words) == 2 else None,
        prompt=b"+ ",
        protocol="pop3",
        peer=session.peer,
        encrypted=session.is_encrypted,
    )
    drop = session.authenticated(account)
    logger.info("signed_in session=%s peer=%s account=%d", session.id, session.peer, account.pk)
    yield wire.ok(f"{len(drop)} messages ({drop.octets} octets)")
