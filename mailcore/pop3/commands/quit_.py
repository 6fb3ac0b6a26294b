"""QUIT: out of the authorization state it just ends; out of the transaction state it deletes first. RFC 1939 §4, §6."""

from __future__ import annotations

import logging

from mailcore.dialogue import Close, Handler
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session, State
from mailcore.pop3.wire import Command
from mailcore.store.errors import MailError

logger = logging.getLogger(__name__)


def quit_(session: Session, command: Command) -> Handler:
    if command.words:
        raise Refused("QUIT takes no argument")
    if session.state is State.AUTHORIZATION:
        yield wire.ok("Bye")
        yield Close()
        return
    try:
        removed = session.drop.update()
    except MailError as problem:
        logger.error("update_failed session=%s reason=%s", session.id, problem)
        raise Refused("Some deleted messages not removed", "SYS/TEMP", closes=True) from problem
    finally:
        session.closed()  # whatever happened, the next session may come (§6)
    logger.info("collected session=%s removed=%d", session.id, removed)
    yield wire.ok(f"Bye, {removed} messages removed")
    yield Close()
