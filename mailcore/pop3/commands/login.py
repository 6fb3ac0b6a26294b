"""USER and PASS: RFC 1939 §7. Whether a name exists shows only after the password, and then in no way at all."""

from __future__ import annotations

import logging

from mailcore.dialogue import Handler
from mailcore.identity import credentials
from mailcore.identity.errors import EncryptionRequired
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command

logger = logging.getLogger(__name__)


def user(session: Session, command: Command) -> Handler:
    if not session.mechanisms:
        raise EncryptionRequired("USER without TLS")
    if not command.rest.strip():
        raise Refused("USER name")
    session.username = command.rest.strip()
    yield wire.ok("Now the password")


def pass_(session: Session, command: Command) -> Handler:
    """The password is the rest of the line, spaces included."""
    if not session.username:
        raise Refused("USER first")
    username, session.username = session.username, ""
    account = credentials.check(username, command.rest, protocol="pop3", peer=session.peer)
    drop = session.authenticated(account)
    logger.info("signed_in session=%s peer=%s account=%d", session.id, session.peer, account.pk)
    yield wire.ok(f"{len(drop)} messages ({drop.octets} octets)")
