"""Clients of IMAP without sockets: `play` is signed in as alice, `stranger` is nobody yet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from mailcore.imap import dispatch
from mailcore.imap.session import Session
from mailcore.models import Account
from tests.builders import mailbox_of
from tests.transcript import Peer, Stage, Wire

Play = Callable[[str], None]


def peer_of(session: Session) -> Peer:
    return Peer(session.greeting, lambda line: dispatch.run(session, line))


def signed_in(account: Account, **options: int) -> Peer:
    """A session that is past its login."""
    session = Session(peer="192.0.2.1", is_tls=True, **options)
    session.authenticated(account)

    def nothing():
        yield from ()

    return Peer(nothing, lambda line: dispatch.run(session, line))


@pytest.fixture
def play(alice: Account) -> Play:
    """Plays a transcript; every client is signed in as alice."""
    return Stage(lambda: signed_in(alice)).play


@pytest.fixture
def play_as_bob(bob: Account) -> Play:
    return Stage(lambda: signed_in(bob)).play


@pytest.fixture
def stranger(alice: Account) -> Play:
    """Plays a transcript from the greeting on, over TLS."""
    return Stage(lambda: peer_of(Session(peer="192.0.2.1", is_tls=True))).play


@pytest.fixture
def plain_stranger(alice: Account) -> Play:
    """The same without TLS."""
    return Stage(lambda: peer_of(Session(peer="192.0.2.1"))).play


@pytest.fixture
def inbox_of_three(alice: Account) -> None:
    mailbox_of(alice, 3)


def ask(wire: Wire, line: bytes) -> bytes:
    """Send a line, and what comes back."""
    with suppress(ValueError):
        wire.outbox.clear()
    wire.send(line + b"\r\n")
    said = bytes(wire.outbox)
    wire.outbox.clear()
    return said
