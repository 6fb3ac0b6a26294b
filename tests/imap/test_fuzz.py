"""Half-sense from a client that is signed in: every line gets an answer, none gets an excuse."""

from __future__ import annotations

import random

import pytest

from mailcore.imap.dispatch import COMMANDS
from tests.builders import mailbox_of
from tests.imap.conftest import signed_in
from tests.transcript import Wire

pytestmark = pytest.mark.django_db

WORDS = [
    "1", "2", "1:*", "*", "3:1", "0", "4294967295", "99999999999", "$", "INBOX", "Sent", "nothing", '""', '"a b"', "()",
    "(", ")", "(\\Seen)", "\\Deleted", "FLAGS", "+FLAGS", "-FLAGS.SILENT", "UID", "ALL", "BODY[]", "BODY.PEEK[1.MIME]",
    "BODY[HEADER.FIELDS (To)]<0.5>", "BINARY[1]", "BINARY.SIZE[1]", "ENVELOPE", "(FLAGS UID)", "(CHANGEDSINCE 1)",
    "(UNCHANGEDSINCE 1)", "RETURN", "(MIN MAX)", "(SAVE)", "(STATUS (MESSAGES))", "CHARSET", "UTF-8", "SUBJECT", "TEXT",
    "NOT", "OR", "SEEN", "KEYWORD", "$Junk", "SINCE", "1-Jan-2026", "LARGER", "HEADER", "From", "MODSEQ", "REVERSE",
    "(DATE)", "(REVERSE SIZE)", "REFERENCES", "ORDEREDSUBJECT", "%", "INB*", "(SUBSCRIBED)", "(MESSAGES UNSEEN)",
    "QRESYNC", "CONDSTORE", "(QRESYNC (1 1 1:9))", "(USE (\\Junk))", "NIL",
    "{3+}\r\nabc", "{0+}\r\n", "{2+}\r\n\r\n", "~{1+}\r\nx",
    '"01-Jan-2026 00:00:00 +0000"', "&AOk-", "&", "\xe9", "\x01", "a/b/c", "..",
    "x" * 300, "EMAILID", "M1", "OLDER", "5",
    "SENTON", "BEFORE", "YOUNGER", "UNKEYWORD", "BODY", "(a+)+$", "'; --", "%_\\", 'NEAR', "a OR b", "* AND *",
]  # fmt: skip
LEAVERS = {"LOGOUT", "UNAUTHENTICATE", "IDLE", "DELETE", "CLOSE", "UNSELECT"}


@pytest.mark.parametrize("seed", range(8))
def test_every_line_gets_an_answer(alice, seed):
    rng = random.Random(seed)
    mailbox_of(alice, 3)
    verbs = (
        sorted(set(COMMANDS) - LEAVERS)
        + ["FETCH", "SEARCH", "UID FETCH", "STORE", "LIST", "SELECT", "APPEND"] * 3
    )
    wire = Wire(signed_in(alice))
    for n in range(250):
        if wire.closed or n % 20 == 0:
            wire = wire if not wire.closed else Wire(signed_in(alice))
            wire.send(b"s SELECT INBOX\r\n")
        wire.outbox.clear()
        line = " ".join([rng.choice(verbs), *(rng.choice(WORDS) for _ in range(rng.randint(0, 6)))])
        if rng.random() < 0.3:
            line = line.replace(" ", "", 1) if rng.random() < 0.2 else line[: rng.randint(1, len(line))]
        wire.send(f"t{n} {line}\r\n".encode())
        said = bytes(wire.outbox)
        if wire.handler is not None:  # the cut fell into a literal: the server waits for its octets
            wire.hang_up()
            continue
        assert said.endswith(b"\r\n"), line
        assert b"SERVERBUG" not in said, (line, said)
        last = said[:-2].rsplit(b"\r\n", 1)[-1].decode("utf-8", "replace")
        assert last.startswith((f"t{n} OK", f"t{n} NO", f"t{n} BAD", "* BAD", "* BYE")), (line, said)
