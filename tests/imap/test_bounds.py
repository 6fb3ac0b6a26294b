"""Nothing a client says costs more than it should: nesting, floods, amplification, races. SECURITY rows B."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections

from mailcore.imap import dispatch
from mailcore.imap.session import Session
from mailcore.store import mailboxes, messages
from tests.builders import deliver, message
from tests.imap.conftest import ask, signed_in
from tests.transcript import Wire


@pytest.fixture
def wire(alice) -> Wire:
    deliver(alice, message("One"))
    wire = Wire(signed_in(alice))
    ask(wire, b"s SELECT INBOX")
    return wire


@pytest.mark.django_db
@pytest.mark.parametrize(
    "opening",
    [
        "SEARCH ", "SEARCH NOT ", "UID SEARCH OR ALL ", "FETCH 1 ", "STORE 1 FLAGS ", "ID ", "SORT ", "THREAD ",
        "LIST ", 'LIST "" ', 'LIST "" * RETURN ', "SELECT INBOX ", "STATUS INBOX ", "CREATE x ",
        "APPEND INBOX ", "ENABLE ",
        "COPY ", "UID ", "IDLE ", "LOGIN ", "AUTHENTICATE ", "GETQUOTA ", "SETQUOTA ", "RENAME x ",
        "STORE 1 (UNCHANGEDSINCE ",
    ],
)  # fmt: skip
def test_deep_nesting_is_an_answer_and_no_crash(wire, opening):
    """CVE-2026-27857 and every recursive parser."""
    start = time.process_time()
    said = ask(wire, b"a " + opening.encode() + b"(" * 60_000)
    assert said.startswith((b"a BAD", b"a NO")), said[:100]
    assert b"SERVERBUG" not in said
    assert time.process_time() - start < 3
    assert ask(wire, b"b NOOP").startswith(b"b OK")


@pytest.mark.django_db
def test_ten_thousand_pipelined_commands_are_answered_in_order(wire):
    wire.send(b"".join(b"n%d NOOP\r\n" % n for n in range(10_000)))
    tags = [line.split(b" ")[0] for line in bytes(wire.outbox).splitlines()]
    assert tags == [b"n%d" % n for n in range(10_000)]


@pytest.mark.django_db
def test_garbage_in_a_row_ends_even_a_session_that_is_signed_in(wire):
    wire.send(b"".join(b"g%d FROB\r\n" % n for n in range(60)))
    assert bytes(wire.outbox).count(b" BAD ") == 50
    assert b"* BYE " in wire.outbox and wire.closed


@pytest.mark.django_db
def test_a_mistake_now_and_then_is_forgiven(wire):
    for _ in range(60):
        assert ask(wire, b"a FROB").startswith(b"a BAD")
        assert ask(wire, b"b NOOP").startswith(b"b OK")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    [b"LOGIN bob x", b"AUTHENTICATE PLAIN", b"STARTTLS", b"GENURLAUTH x", b"XFROB"],
)
def test_nobody_becomes_somebody_else(wire, command):
    assert ask(wire, b"a " + command).startswith(b"a BAD")


@pytest.mark.django_db
def test_names_beyond_measure(wire):
    assert ask(wire, b"a CREATE " + b"/".join([b"d"] * 300)).startswith(b"a NO [CANNOT]")
    assert ask(wire, b"a CREATE " + b"n" * 5000).startswith(b"a NO [CANNOT]")
    assert ask(wire, b"a STORE 1 +FLAGS (" + b"k" * 5000 + b")").startswith(b"a BAD")
    assert ask(wire, b"a STORE 1 +FLAGS (\\Seen \\Bogus)").startswith(b"a BAD")


@pytest.mark.django_db
def test_many_bodies_are_said_in_small_pieces(alice):
    """B09: what one FETCH holds in memory does not grow with what it sends."""
    deliver(alice, *(message(f"Body {n}", body="x" * 60_000 + "\r\n") for n in range(40)))
    session = Session(peer="192.0.2.1", is_tls=True)
    session.authenticated(alice)
    for _ in dispatch.run(session, b"a EXAMINE INBOX"):
        pass
    said = [
        octets for octets in dispatch.run(session, b"b FETCH 1:* BODY.PEEK[]") if isinstance(octets, bytes)
    ]
    assert sum(map(len, said)) > 2_400_000
    assert max(map(len, said)) < 256 << 10


@pytest.mark.django_db(transaction=True)
def test_uid_and_content_are_never_mixed_up_under_races(alice):
    """B19: one session delivers and expunges while others read; a number may be stale, never wrong."""
    inbox = mailboxes.named(alice.pk, "INBOX")
    problems: list[object] = []
    ended = threading.Event()

    def churn() -> None:
        try:
            for n in range(60):
                appended = messages.append_bytes(alice.pk, inbox.pk, message("x", body=f"number {n + 1}\r\n"))
                assert appended.uid == n + 1
                if n % 3 == 2:
                    messages.remove(inbox, [n - 1])
        except Exception as problem:
            problems.append(problem)
        finally:
            ended.set()
            connections.close_all()

    def read() -> None:
        try:
            wire = Wire(signed_in(alice))
            ask(wire, b"a SELECT INBOX")
            while not ended.is_set():
                said = ask(wire, b"b FETCH 1:* (UID BODY.PEEK[TEXT])")
                for item in said.split(b" FETCH (UID ")[1:]:
                    uid, _, rest = item.partition(b" ")
                    assert b"number %d\r\n" % int(uid) in rest, item
                assert b"EXPUNGE\r\n" not in said
                ask(wire, b"c NOOP")
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=churn), *(threading.Thread(target=read) for _ in range(2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
