"""STAT, LIST, UIDL: RFC 1939 §5, §7."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.dialogue import Handler
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command


def stat(session: Session, command: Command) -> Handler:
    if command.words:
        raise Refused("STAT takes no argument")
    drop = session.drop
    yield wire.ok(f"{len(drop) - len(drop.deleted)} {drop.octets}")


def list_(session: Session, command: Command) -> Handler:
    yield from _listing(session, command, session.drop.size)


def uidl(session: Session, command: Command) -> Handler:
    yield from _listing(session, command, session.drop.unique_id)


def is_long(session: Session, command: Command) -> bool:
    """Whether the answer would keep the loop busy for long."""
    return not command.words and len(session.drop) > 2_000


def _listing(session: Session, command: Command, fact: Callable[[int], object]) -> Handler:
    """One fact of one message, or of all that are not deleted."""
    drop = session.drop
    if command.words:
        number = drop.check(command.number())
        yield wire.ok(f"{number} {fact(number)}")
        return
    yield wire.ok(f"{len(drop) - len(drop.deleted)} messages")
    yield from wire.lines(f"{number} {fact(number)}" for number in drop.numbers)
