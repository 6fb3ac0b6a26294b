"""Sessions of both roles on a stage, framed exactly as the listener frames them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from mailcore.dialogue import Dotted, Handler, ReceiveDotted
from mailcore.inbound import filing
from mailcore.inbound.checks import quota, sender_domain
from mailcore.models import Account, Entry, Mailbox, Message
from mailcore.smtp import dispatch
from mailcore.smtp.session import Policy, Role, Session
from mailcore.smtp.wire.dot_stuffing import Unstuffer
from mailcore.smtp.wire.framing import Framer
from mailcore.store.raw import Raw
from tests.transcript import Peer, Stage, Wire


class SmtpWire(Wire):
    """A wire with SMTP's own framing of lines and bodies."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.framer: Framer | None = None
        super().__init__(Peer(greet=lambda: dispatch.greeting(session), answer=self.answer))

    def answer(self, line: object) -> Handler:
        self.session.is_input_pending = bool(self.inbox)
        return dispatch.run(self.session, line)

    def _line(self):
        if self.handler is not None:
            return super()._line()
        if self.framer is None:
            self.framer = Framer(self.inbox)
        return self.framer.next_line()

    def _dotted(self, wants: ReceiveDotted) -> Dotted | None:
        unstuffer = Unstuffer()
        body = unstuffer.feed(bytes(self.inbox))
        if not unstuffer.finished:
            return None
        self.inbox[:] = unstuffer.rest
        if len(body) <= wants.limit:
            wants.sink.write(body)
        return Dotted(len(body), len(body) > wants.limit, unstuffer.bare)


class SmtpStage(Stage):
    """Clients of one door."""

    def __init__(self, make: Callable[[], Session]) -> None:
        super().__init__(lambda: None)
        self.make = make

    def wire(self, who: str = "") -> SmtpWire:
        if who not in self.wires:
            self.wires[who] = SmtpWire(self.make())
        return self.wires[who]

    @property
    def session(self) -> Session:
        return self.wire().session

    def says(self, data: bytes) -> bytes:
        """Raw octets in, everything the server said until now out."""
        wire = self.wire()
        wire.send(data)
        heard = bytes(wire.outbox)
        wire.outbox.clear()
        return heard


POLICY = Policy(hostname="mx.example.org", max_message_bytes=100_000, max_recipients=100)


@pytest.fixture(autouse=True)
def _no_resolver() -> Iterator[None]:
    """Nobody is asked about senders' domains; tests that want an answer put it in."""
    sender_domain.forget()
    quota.forget()
    filing.forget()
    sender_domain._resolver_away_until = float("inf")
    yield
    sender_domain.forget()


@pytest.fixture
def mx(db) -> SmtpStage:
    """Port 25."""
    return SmtpStage(lambda: Session(POLICY, Role.MX, peer="192.0.2.7", session_id="s1"))


@pytest.fixture
def submission(db) -> SmtpStage:
    """Port 587 after STARTTLS (or port 465)."""
    return SmtpStage(
        lambda: Session(POLICY, Role.SUBMISSION, peer="192.0.2.7", session_id="s1", is_encrypted=True)
    )


@pytest.fixture
def plain_submission(db) -> SmtpStage:
    """Port 587 before STARTTLS."""
    return SmtpStage(lambda: Session(POLICY, Role.SUBMISSION, peer="192.0.2.7", session_id="s1"))


def mail_of(account: Account, mailbox: str = "INBOX") -> list[bytes]:
    """Every message of a mailbox, octet for octet, oldest first."""
    box = Mailbox.objects.get(account_id=account.pk, name=mailbox)
    entries = Entry.objects.filter(account_id=account.pk, mailbox_id=box.id, expunged=False).order_by("uid")
    rows = [Message.objects.get(account_id=account.pk, id=entry.message_id) for entry in entries]
    return [Raw(bytes(row.prefix), bytes(row.digest), row.size).read() for row in rows]
