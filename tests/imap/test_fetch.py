"""FETCH: every data item, sets of every shape, and what no client should ask for."""

from __future__ import annotations

import pytest

from mailcore.store import messages, upkeep
from tests.builders import deliver, mailbox_of, message
from tests.imap.conftest import signed_in
from tests.transcript import Stage

pytestmark = pytest.mark.django_db

NESTED = (
    b"From: a@example.org\r\nSubject: outer\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n'
    b"preamble\r\n--B\r\nContent-Type: text/plain\r\n\r\nfirst\r\n"
    b"--B\r\nContent-Type: message/rfc822\r\n\r\n"
    b"From: b@example.org\r\nSubject: inner\r\n\r\ninside\r\n"
    b"\r\n--B\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"AAEC/w==\r\n--B--\r\n"
)
BODY_AT = NESTED.index(b"preamble")


@pytest.fixture
def opened(alice, play):
    """INBOX with the nested message, selected."""
    deliver(alice, NESTED)
    play("""
        C: s EXAMINE INBOX
        S: ...
        S: s OK ...
    """)
    return play


@pytest.mark.parametrize(
    "item, answer",
    [
        ("BODY.PEEK[HEADER]", f"BODY[HEADER] {{{BODY_AT}}}"),
        ("BODY[1]", "BODY[1] {5}\nfirst"),
        ("BODY[1.MIME]", "BODY[1.MIME] {28}\nContent-Type: text/plain\n\n"),
        ("BODY[2.HEADER]", "BODY[2.HEADER] {39}\nFrom: b@example.org\nSubject: inner\n\n"),
        ("BODY[2.TEXT]", "BODY[2.TEXT] {8}\ninside\n"),
        ("BODY[2.1]", "BODY[2.1] {8}\ninside\n"),
        ("BODY[2.HEADER.FIELDS (SUBJECT)]", "BODY[2.HEADER.FIELDS (SUBJECT)] {18}\nSubject: inner\n\n"),
        (
            "BODY[HEADER.FIELDS.NOT (From MIME-Version Content-Type)]",
            "BODY[HEADER.FIELDS.NOT (FROM MIME-VERSION CONTENT-TYPE)] {18}\nSubject: outer\n\n",
        ),
        ("BODY[HEADER.FIELDS (X-None)]", "BODY[HEADER.FIELDS (X-NONE)] {2}\n\n"),
        ("BODY[9]", "BODY[9] NIL"),
        ("BODY[1.HEADER]", "BODY[1.HEADER] NIL"),
        ("BODY[1.1.1.1.1]", "BODY[1.1.1.1.1] NIL"),
        ("BODY[1]<1.2>", "BODY[1]<1> {2}\nir"),
        ("BODY[1]<100.2>", "BODY[1]<100> {0}\n"),
        ("BODY[1]<3.9223372036854775807>", "BODY[1]<3> {2}\nst"),
        ("BINARY.PEEK[3]", "BINARY[3] ~{4}\n\x00\x01\x02\udcff"),
        ("BINARY.SIZE[3]", "BINARY.SIZE[3] 4"),
        ("BINARY[3]<1.2>", "BINARY[3]<1> ~{2}\n\x01\x02"),
        ("RFC822.TEXT", f"RFC822.TEXT {{{len(NESTED) - BODY_AT}}}"),
        ("RFC822.SIZE", f"RFC822.SIZE {len(NESTED)}"),
        ("UID", "UID 1"),
        ("FLAGS", "FLAGS (\\Recent)"),
        ("PREVIEW", "PREVIEW ..."),
        ("PREVIEW (LAZY)", "PREVIEW ..."),
        ("SAVEDATE", 'SAVEDATE "...'),
        ("EMAILID", "EMAILID (M...)"),
        ("THREADID", "THREADID (T...)"),
        ("MODSEQ", "MODSEQ (...)"),
        ("FAST", 'FLAGS (\\Recent) INTERNALDATE "..." RFC822.SIZE ...'),
        ("ALL", 'FLAGS (\\Recent) INTERNALDATE "..." RFC822.SIZE ... ENVELOPE (... "outer" ...)'),
        ("FULL", "... ENVELOPE (...) BODY (...)"),
        ("BODYSTRUCTURE", 'BODYSTRUCTURE (("text" "plain" ... "mixed" ...)'),
    ],
)
def test_every_item_has_its_answer(opened, item, answer):
    lines = f"* 1 FETCH ({answer}".split("\n")
    if "{" not in answer or "\n" in answer:
        lines[-1] += ")"
    expected = "\n".join(f"        S: {line}" for line in lines)
    more = "" if lines[-1].endswith(")") else "        S: ...\n"
    opened(f"        C: a FETCH 1 {item}\n{expected}\n{more}        S: a OK ...\n")


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "1",
        "0 FLAGS",
        "4294967296 FLAGS",
        "1:2:3 FLAGS",
        "1, FLAGS",
        "2 FLAGS",
        "1 NONSENSE",
        "1 ()",
        "1 (FLAGS",
        "1 FLAGS)",
        "1 (FLAGS UID",
        "1 BODY[",
        "1 BODY[]<0.0>",
        "1 BODY[]<0.99999999999999999999>",
        "1 BODY[]<-1.5>",
        "1 BODY[MIME]",
        "1 BODY[HEADER.FIELDS]",
        "1 BODY[HEADER.FIELDS ()]",
        "1 BODY[0]",
        "1 BODY[TEXT.1]",
        '1 BODY[HEADER.FIELDS ("a:b")]',
        "1 FLAGS (CHANGEDSINCE)",
        "1 FLAGS (CHANGEDSINCE 0)",
        "1 FLAGS (CHANGEDSINCE 99999999999999999999)",
        "1 FLAGS (VANISHED)",
        "1 FLAGS (FROB 1)",
        "1 " + "(" * 50_000,
        "1 (" + "FLAGS " * 300 + "UID)",
        "$ NONSENSE",
    ],
)
def test_what_does_not_parse_is_bad(opened, arguments):
    opened(f"        C: a FETCH {arguments}\n        S: a BAD ...\n        C: b NOOP\n        S: b OK ...\n")


def test_hostile_sections_are_answered(opened):
    deep = ".".join(["1"] * 3000)
    many = " ".join(f"X-{n}" for n in range(900))
    opened(f"""
        C: a FETCH 1 BODY[{deep}]
        S: * 1 FETCH (BODY[{deep}] NIL)
        S: a OK ...
        C: b FETCH 1 BODY[HEADER.FIELDS ({many})]
        S: * 1 FETCH (BODY[HEADER.FIELDS (...)] {{2}}
        S:
        S: )
        S: b OK ...
    """)


def test_sets_of_every_shape(alice, play):
    mailbox_of(alice, 30)
    play("""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
        C: b FETCH 3:1,2,*,29:* UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: * 29 FETCH (UID 29)
        S: * 30 FETCH (UID 30)
        S: b OK ...
        C: c UID FETCH 30:4294967295 FLAGS
        S: * 30 FETCH (UID 30 FLAGS (\\Recent))
        S: c OK ...
        C: d UID FETCH 99:* UID
        S: * 30 FETCH (UID 30)
        S: d OK ...
        C: e UID FETCH 31:99 UID
        S: e OK ...
        C: f FETCH 1,3,5,7,9,11,13,15,17,19 UID
        S: * 1 FETCH (UID 1)
        S: ...
        S: * 19 FETCH (UID 19)
        S: f OK ...
    """)


def test_twenty_thousand_items_in_a_set(alice, play):
    mailbox_of(alice, 5)
    numbers = ",".join(str(n) for n in range(20_000, 0, -2))
    play(f"""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
        C: b UID FETCH {numbers} UID
        S: * 2 FETCH (UID 2)
        S: * 4 FETCH (UID 4)
        S: b OK ...
        C: c UID FETCH 1:4294967295 UID
        S: ...
        S: * 5 FETCH (UID 5)
        S: c OK ...
    """)


def test_numbers_stay_right_after_expunges_far_apart(alice, play):
    mailbox_of(alice, 30)
    play(r"""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
        C: b UID STORE 2,20,29 +FLAGS.SILENT (\Deleted)
        S: b OK ...
        C: c EXPUNGE
        S: * 29 EXPUNGE
        S: * 20 EXPUNGE
        S: * 2 EXPUNGE
        S: c OK ...
        C: d FETCH 1:3,18,19,27 UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 3)
        S: * 3 FETCH (UID 4)
        S: * 18 FETCH (UID 19)
        S: * 19 FETCH (UID 21)
        S: * 27 FETCH (UID 30)
        S: d OK ...
    """)


def test_what_others_expunged_can_be_read_until_we_know(alice, play):
    mailbox = mailbox_of(alice, 3)
    play("""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
    """)
    messages.remove(mailbox, [2])
    play("""
        C: b FETCH 1:3 (UID RFC822.SIZE)
        S: * 1 FETCH (UID 1 RFC822.SIZE ...)
        S: * 2 FETCH (UID 2 RFC822.SIZE ...)
        S: * 3 FETCH (UID 3 RFC822.SIZE ...)
        S: b OK ...
        C: c FETCH 2 (UID BODY.PEEK[HEADER.FIELDS (Subject)])
        S: * 2 FETCH (UID 2 BODY[HEADER.FIELDS (SUBJECT)] {22}
        S: Subject: Message 2
        S:
        S: )
        S: c OK ...
    """)


def test_what_is_forgotten_is_left_out_and_said(alice, play, monkeypatch):
    mailbox = mailbox_of(alice, 3)
    play("""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
    """)
    messages.remove(mailbox, [2])
    monkeypatch.setattr(upkeep, "GRACE_SECONDS", -10)
    assert upkeep.forget_expunged(alice.pk) == 1
    play("""
        C: b FETCH 1:3 (UID ENVELOPE)
        S: * 1 FETCH (UID 1 ENVELOPE (...))
        S: * 3 FETCH (UID 3 ENVELOPE (...))
        S: b NO [EXPUNGEISSUED] ...
        C: c NOOP
        S: * 2 EXPUNGE
        S: c OK ...
    """)


def test_a_prefix_is_part_of_the_message(alice, play):
    """Trace fields that we add are kept beside the blob, and no offset may notice."""
    from mailcore.store import mailboxes

    raw = message("Prefixed")
    prefix = b"Return-Path: <bob@example.org>\r\nReceived: by us\r\n"
    inbox = mailboxes.named(alice.pk, "INBOX")
    messages.append_bytes(alice.pk, inbox.pk, raw, prefix=prefix)
    whole = prefix + raw
    wire = Stage(lambda: signed_in(alice)).wire()
    wire.send(b"a EXAMINE INBOX\r\n")
    wire.outbox.clear()
    wire.send(
        b"b FETCH 1 (RFC822.SIZE BODY[] BODY[HEADER.FIELDS (RECEIVED)] BODY[1] BODY[]<40.20> BODY[TEXT])\r\n"
    )
    said = bytes(wire.outbox)
    assert b"RFC822.SIZE %d BODY[] {%d}\r\n%s " % (len(whole), len(whole), whole) in said
    assert b"BODY[HEADER.FIELDS (RECEIVED)] {19}\r\nReceived: by us\r\n\r\n " in said
    assert b"BODY[1] {10}\r\nAt four?\r\n " in said
    assert b"BODY[]<40> {20}\r\n%s " % whole[40:60] in said
    assert b"BODY[TEXT] {10}\r\nAt four?\r\n)" in said


def test_unknown_transfer_encodings_are_named(alice, play):
    deliver(alice, b"Content-Transfer-Encoding: x-rot13\r\n\r\nuryyb\r\n")
    play("""
        C: a EXAMINE INBOX
        S: ...
        S: a OK ...
        C: b FETCH 1 BINARY[1]
        S: b NO [UNKNOWN-CTE] ...
    """)
