"""RETR and TOP: RFC 1939 §5, §7. A message of any size goes through in pieces."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command, Malformed


def retr(session: Session, command: Command) -> Handler:
    number = session.drop.check(command.number())
    stuffer = wire.Stuffer()
    chunks = session.drop.chunks(number)
    first = next(chunks, b"")  # what cannot be read is refused before +OK, not in the middle
    yield wire.ok(f"{session.drop.size(number)} octets")
    yield stuffer.stuff(first)
    for chunk in chunks:
        yield stuffer.stuff(chunk)
    yield stuffer.end()


def needs_database(session: Session, command: Command) -> bool:
    """Not when the message was read ahead."""
    try:
        return not session.drop.is_at_hand(command.number())
    except Malformed:
        return False


def top(session: Session, command: Command) -> Handler:
    words = command.words
    if len(words) != 2 or not (words[1].isascii() and words[1].isdecimal() and len(words[1]) <= 10):
        raise Refused("TOP message lines")
    number = session.drop.check(Command("TOP", words[0]).number())
    gate = wire.Top(int(words[1]))
    stuffer = wire.Stuffer()
    chunks = session.drop.chunks(number)
    first = gate.take(next(chunks, b""))
    yield wire.ok("Top of the message")
    yield stuffer.stuff(first)
    while not gate.is_over and (chunk := next(chunks, b"")):
        yield stuffer.stuff(gate.take(chunk))
    yield stuffer.end()
