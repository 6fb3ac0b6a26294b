"""CAPA: RFC 2449 §5."""

from __future__ import annotations

from collections.abc import Callable

from mailcore.dialogue import Handler
from mailcore.pop3 import wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session
from mailcore.pop3.wire import Command


def _always(session: Session) -> bool:
    return True


CAPABILITIES: list[tuple[str, str, Callable[[Session], bool]]] = [
    # capability, standard, when it is offered
    ("TOP", "RFC 2449", _always),
    ("UIDL", "RFC 2449", _always),
    ("RESP-CODES", "RFC 2449", _always),
    ("AUTH-RESP-CODE", "RFC 3206", _always),
    ("PIPELINING", "RFC 2449", _always),
    ("EXPIRE NEVER", "RFC 2449", _always),
    ("UTF8 USER", "RFC 6856", _always),
    ("USER", "RFC 2449", lambda session: bool(session.mechanisms)),
    ("SASL", "RFC 5034", lambda session: bool(session.mechanisms)),
    ("STLS", "RFC 2595", lambda session: session.can_encrypt),
]


def capa(session: Session, command: Command) -> Handler:
    if command.words:
        raise Refused("CAPA takes no argument")
    yield wire.ok("Capabilities")
    yield from wire.lines(
        f"SASL {' '.join(session.mechanisms)}" if name == "SASL" else name
        for name, _, is_offered in CAPABILITIES
        if is_offered(session)
    )
