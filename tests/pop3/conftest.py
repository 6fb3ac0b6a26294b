"""POP3 sessions on a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mailcore.identity import leases
from mailcore.pop3 import dispatch
from mailcore.pop3.session import Session
from tests.transcript import Peer, Stage


@pytest.fixture(autouse=True)
def _no_leases() -> Iterator[None]:
    leases.forget()
    yield
    leases.forget()


class PopStage(Stage):
    """Clients of port 995 (or 110, where `is_encrypted` is False)."""

    def __init__(self, is_encrypted: bool) -> None:
        self.sessions: list[Session] = []
        self.is_encrypted = is_encrypted
        super().__init__(self._connect)

    def _connect(self) -> Peer:
        session = Session(hostname="mx.example.org", peer="192.0.2.7", is_encrypted=self.is_encrypted)
        self.sessions.append(session)
        return Peer(lambda: dispatch.greeting(session), lambda line: dispatch.run(session, line))

    def hang_up(self, who: str = "") -> None:
        """The client is gone; what the listener does then."""
        number = [*self.wires].index(who)
        self.wires.pop(who).hang_up()
        self.sessions.pop(number).closed()


@pytest.fixture
def stage(db) -> PopStage:
    return PopStage(is_encrypted=True)


@pytest.fixture
def play(stage) -> Callable[[str], None]:
    return stage.play


@pytest.fixture
def play_in_the_clear(db) -> Callable[[str], None]:
    return PopStage(is_encrypted=False).play
