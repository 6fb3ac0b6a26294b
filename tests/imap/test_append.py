"""APPEND: what goes in, what is refused before a single octet, and what must never be run."""

from __future__ import annotations

import pytest

from mailcore.imap.session import Session
from mailcore.models import Entry
from mailcore.store import mailboxes, quota
from tests.builders import message
from tests.imap.conftest import signed_in
from tests.transcript import Stage

pytestmark = pytest.mark.django_db


def stored(account) -> int:
    return Entry.objects.filter(account_id=account.pk).count()


def test_append_with_flags_and_date(play):
    play(r"""
        C: a APPEND Drafts (\Draft $Later) "05-Nov-2026 10:20:30 +0200" {12}
        S: + Ready for literal data
        C: Subject: x
        C:
        S: a OK [APPENDUID ... 1] APPEND completed
        C: b SELECT Drafts
        S: ...
        S: b OK ...
        C: c FETCH 1 (INTERNALDATE FLAGS RFC822.SIZE BODY.PEEK[])
        S: * FLAGS (...$Later ...)
        S: * 1 FETCH (INTERNALDATE "05-Nov-2026 08:20:30 +0000" FLAGS (\Recent \Draft $Later) RFC822.SIZE 12 BODY[] {12}
        S: Subject: x
        S: )
        S: c OK ...
    """)


def test_multiappend_is_all_or_nothing(play, alice):
    play(r"""
        C: a APPEND INBOX (\Seen) {6+}
        C: a: 1
        C-  {6}
        C:
        S: + Ready for literal data
        C: b: 2
        C-  "01-Jan-2026 00:00:00 +0000" {6+}
        C:
        C: c: 3
        C:
        S: a OK [APPENDUID ... 1:3] ...
        C: b APPEND INBOX {6+}
        C: a: 1
        C-  (\Nonsense) {6+}
        C:
        C: b: 2
        C:
        S: b BAD ...
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 3)
        S: c OK ...
    """)
    assert stored(alice) == 3


def test_refused_before_the_first_octet(play, alice):
    quota.allow(alice.pk, 1000)
    play(r"""
        C: a APPEND Nowhere {10}
        S: a NO [TRYCREATE] ...
        C: b APPEND INBOX {2000}
        S: b NO [OVERQUOTA] ...
        C: c APPEND INBOX {2000000000000}
        S: c NO [TOOBIG] ...
        C: d APPEND INBOX {0}
        S: d BAD ...
        C: e APPEND INBOX (\Seen {10}
        S: e BAD ...
        C: f APPEND INBOX "yesterday" {10}
        S: f BAD ...
        C: g APPEND INBOX
        S: g BAD ...
        C: h APPEND {5}
        S: + ...
        C: INBOX {10}
        S: + ...
        C: Subject: x
        S: h OK ...
        C: i APPEND {5+}
        C: INBOX
        S: i BAD ...
        C: j NOOP
        S: j OK ...
    """)


def test_data_of_a_refused_literal_is_never_run(play, alice):
    """B06: the octets that follow {n+} belong to the refused message, whatever they look like."""
    play(r"""
        C: a APPEND Nowhere {18+}
        C: z DELETE Archive
        C:
        S: a NO [TRYCREATE] ...
        C: b APPEND Nowhere {16+}
        C: z DELETE Archive
        S: b NO [TRYCREATE] ...
        C: c APPEND INBOX (\Bogus) {16+}
        C: z DELETE Archive
        S: c BAD ...
        C: d FROB {16+}
        C: z DELETE Archive
        S: d BAD ...
        C: e NOOP
        S: e OK ...
    """)
    assert mailboxes.named(alice.pk, "Archive")


def test_more_than_anybody_may_send_ends_the_connection(play):
    play(r"""
        C: a APPEND INBOX {2000000000000+}
        S: * BYE ...
        S<
    """)


def test_a_client_lost_in_the_middle_leaves_nothing(alice):
    stage = Stage(lambda: signed_in(alice))
    wire = stage.wire()
    wire.send(b"a APPEND INBOX {1000+}\r\nSubject: half a mess")
    wire.hang_up()
    assert stored(alice) == 0


def test_the_limit_is_exact(alice):
    stage = Stage(lambda: signed_in(alice, max_message_bytes=100))
    stage.play(
        "C: a APPEND INBOX {100+}\nC- " + "x" * 100 + "\nC:\nS: a OK ...\n"
        "C: b APPEND INBOX {101}\nS: b NO [TOOBIG] ...\n"
        "C: c APPEND INBOX {101+}\nC- " + "x" * 101 + "\nC:\nS: c NO [TOOBIG] ...\nC: d NOOP\nS: d OK ...\n"
    )


def test_what_comes_back_is_what_went_in(alice):
    raw = message("Bytes", body="\x00\xff é\r\n.\r\nlone \n end\r\n")
    stage = Stage(lambda: signed_in(alice))
    wire = stage.wire()
    wire.send(b"a APPEND INBOX {%d+}\r\n%s\r\n" % (len(raw), raw))
    wire.outbox.clear()
    wire.send(b"b SELECT INBOX\r\n")
    wire.outbox.clear()
    wire.send(b"c FETCH 1 BODY.PEEK[]\r\n")
    assert b"BODY[] {%d}\r\n%s)\r\n" % (len(raw), raw) in bytes(wire.outbox)


def test_big_messages_are_streamed(alice, settings):
    """Nothing of a message is held that would not fit a block."""
    raw = message("Big", body="0123456789abcdef\r\n" * 60_000)
    stage = Stage(lambda: signed_in(alice))
    wire = stage.wire()
    wire.send(b"a APPEND INBOX {%d+}\r\n" % len(raw))
    for start in range(0, len(raw), 50_000):
        wire.send(raw[start : start + 50_000])
    wire.send(b"\r\n")
    assert bytes(wire.outbox).startswith(b"a OK [APPENDUID")
    wire.send(b"b SELECT INBOX\r\n")
    wire.outbox.clear()
    wire.send(b"c FETCH 1 (BODY.PEEK[TEXT]<1000000.20> BODY.PEEK[])\r\n")
    text = raw.partition(b"\r\n\r\n")[2]
    assert (
        b"BODY[TEXT]<1000000> {20}\r\n%s BODY[] {%d}\r\n" % (text[1_000_000:1_000_020], len(raw))
        in wire.outbox
    )
    assert raw in bytes(wire.outbox)


def test_binary_and_utf8_literals(play):
    play(r"""
        C: a APPEND INBOX ~{6+}
        C: a: 1
        C:
        S: a OK ...
        C: b ENABLE UTF8=ACCEPT
        S: ...
        S: b OK ...
        C: c APPEND INBOX UTF8 (~{6+}
        C: a: 1
        C: )
        S: c OK ...
    """)


def test_too_many_messages_in_one_command(alice):
    assert Session(peer="x").max_message_bytes > 0
    stage = Stage(lambda: signed_in(alice))
    wire = stage.wire()
    wire.send(b"a APPEND INBOX" + b" {6+}\r\na: 1\r\n" * 1001 + b"\r\n")
    assert bytes(wire.outbox).startswith(b"a NO [LIMIT]")
    assert stored(alice) == 0


def test_a_full_disk_refuses_the_message_and_the_session_stays_in_step(alice, monkeypatch):
    """What follows in the same command is not run: neither the second message nor what looks like commands."""
    from mailcore.store import blobs
    from mailcore.store.errors import TemporaryFailure

    def no_room(self, data):
        raise TemporaryFailure("Storage is not available right now")

    monkeypatch.setattr(blobs.Upload, "_write_out", no_room)
    raw = b"Subject: x\r\n\r\n" + b"y" * 200_000
    wire = Stage(lambda: signed_in(alice)).wire()
    wire.send(
        b"a APPEND INBOX {%d+}\r\n%s (\\Seen) {18+}\r\nz DELETE Archive\r\n\r\nb NOOP\r\n" % (len(raw), raw)
    )
    lines = bytes(wire.outbox).split(b"\r\n")
    assert lines[0].startswith(b"a NO [UNAVAILABLE]") and lines[1].startswith(b"b OK") and lines[2:] == [b""]
    assert stored(alice) == 0
