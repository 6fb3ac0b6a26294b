"""CONDSTORE and QRESYNC: clients that come back and want only what changed. RFC 7162."""

from __future__ import annotations

import re

import pytest

from mailcore.imap.session import Session
from mailcore.models import Change
from tests.builders import mailbox_of
from tests.imap.conftest import ask, signed_in
from tests.transcript import Stage

pytestmark = pytest.mark.django_db


def number(said: bytes, word: str) -> int:
    found = re.search(rb"%s (\d+)" % word.encode(), said)
    assert found, said
    return int(found[1])


@pytest.fixture
def stage(alice):
    mailbox_of(alice, 5)
    return Stage(lambda: signed_in(alice))


def test_unchangedsince_leaves_alone_what_moved_on(stage):
    one, two = stage.wire("1"), stage.wire("2")
    known = number(ask(one, b"a SELECT INBOX (CONDSTORE)"), "HIGHESTMODSEQ")
    ask(two, b"a SELECT INBOX")
    ask(two, b"b STORE 2,4 +FLAGS (\\Flagged)")
    said = ask(one, b"b STORE 1:5 (UNCHANGEDSINCE %d) +FLAGS (\\Seen)" % known)
    assert b"b OK [MODIFIED 2,4]" in said
    assert re.search(rb"\* 1 FETCH \(UID 1 FLAGS \(.*?Seen\) MODSEQ \(\d+\)\)", said)
    assert b"* 2 FETCH (UID 2 FLAGS (\\Recent \\Flagged) MODSEQ" in said
    said = ask(one, b"c UID STORE 2 (UNCHANGEDSINCE 1) FLAGS ()")
    assert b"c OK [MODIFIED 2]" in said
    assert ask(one, b"d STORE 1 (UNCHANGEDSINCE 99999999999999999999) +FLAGS (\\Seen)").startswith(b"d BAD")
    assert ask(one, b"e STORE 1 (UNCHANGEDSINCE 0) +FLAGS (\\Draft)").startswith(b"e OK [MODIFIED 1]")


def test_silent_stores_still_owe_the_modseq(stage):
    one = stage.wire()
    ask(one, b"a SELECT INBOX (CONDSTORE)")
    said = ask(one, b"b STORE 3 +FLAGS.SILENT (\\Seen)")
    assert re.fullmatch(rb"\* 3 FETCH \(UID 3 MODSEQ \(\d+\)\)\r\nb OK STORE completed\r\n", said)


def test_changedsince(stage):
    one, two = stage.wire("1"), stage.wire("2")
    known = number(ask(one, b"a SELECT INBOX"), "HIGHESTMODSEQ")
    ask(two, b"a SELECT INBOX")
    ask(two, b"b UID STORE 4 +FLAGS (\\Flagged)")
    said = ask(one, b"b UID FETCH 1:* (FLAGS) (CHANGEDSINCE %d)" % known)
    assert re.search(rb"\* 4 FETCH \(UID 4 FLAGS \(\\Recent \\Flagged\) MODSEQ \(\d+\)\)", said)
    assert b"UID 3" not in said


def test_qresync_tells_what_went_and_what_changed(stage):
    one, two = stage.wire("1"), stage.wire("2")
    first = ask(one, b"a SELECT INBOX")
    uidvalidity, modseq = number(first, "UIDVALIDITY"), number(first, "HIGHESTMODSEQ")
    ask(one, b"b STORE 2 +FLAGS (\\Deleted)")
    ask(one, b"c EXPUNGE")
    ask(one, b"d STORE 3 +FLAGS (\\Flagged)")  # UID 4
    assert ask(two, b"a SELECT INBOX (QRESYNC (%d %d))" % (uidvalidity, modseq)).startswith(b"a BAD")
    assert b"* ENABLED QRESYNC" in ask(two, b"b ENABLE QRESYNC")
    said = ask(two, b"c SELECT INBOX (QRESYNC (%d %d))" % (uidvalidity, modseq))
    assert b"* VANISHED (EARLIER) 2\r\n" in said
    assert re.search(rb"\* 3 FETCH \(UID 4 FLAGS \(\\Flagged\) MODSEQ \(\d+\)\)", said)
    assert said.count(b" FETCH (") == 1
    said = ask(two, b"d SELECT INBOX (QRESYNC (%d %d 3:5 (1,2 1,3)))" % (uidvalidity, modseq))
    assert b"* OK [CLOSED]" in said and b"VANISHED" not in said and said.count(b" FETCH (") == 1
    said = ask(two, b"e SELECT INBOX (QRESYNC (%d %d))" % (uidvalidity + 1, modseq))
    assert b"VANISHED" not in said and b"FETCH" not in said and b"e OK" in said
    for bad in (
        b"(QRESYNC)",
        b"(QRESYNC (1 0))",
        b"(QRESYNC (1 2 1:*))",
        b"(FROB)",
        b"(QRESYNC (1 99999999999999999999))",
    ):
        assert ask(two, b"f SELECT INBOX " + bad).startswith(b"f BAD"), bad


def test_expunges_are_vanished_for_those_who_asked(stage):
    one = stage.wire()
    ask(one, b"a ENABLE QRESYNC")
    ask(one, b"b SELECT INBOX")
    ask(one, b"c STORE 2:3 +FLAGS.SILENT (\\Deleted)")
    said = ask(one, b"d EXPUNGE")
    assert re.fullmatch(rb"\* VANISHED 2:3\r\nd OK \[HIGHESTMODSEQ \d+\] EXPUNGE completed\r\n", said)
    said = ask(one, b"e UID FETCH 1:5 (FLAGS) (CHANGEDSINCE 1 VANISHED)")
    assert b"* VANISHED (EARLIER) 2:3\r\n" in said
    assert ask(one, b"f FETCH 1:3 (FLAGS) (CHANGEDSINCE 1 VANISHED)").startswith(b"f BAD")


def test_a_client_away_for_too_long_hears_more_not_less(stage, alice):
    """When tombstones are gone, every UID that is not there is named."""
    one, two = stage.wire("1"), stage.wire("2")
    first = ask(one, b"a SELECT INBOX")
    ask(one, b"b STORE 2:3 +FLAGS (\\Deleted)")
    ask(one, b"c EXPUNGE")
    ask(one, b"d STORE 1 +FLAGS (\\Flagged)")
    newest = Change.objects.filter(account_id=alice.pk).order_by("-modseq")[0].modseq
    Change.objects.filter(account_id=alice.pk, modseq__lt=newest).delete()
    from mailcore.models import Entry

    Entry.objects.filter(account_id=alice.pk, expunged=True).delete()
    ask(two, b"a ENABLE QRESYNC")
    said = ask(
        two,
        b"b SELECT INBOX (QRESYNC (%d %d))" % (number(first, "UIDVALIDITY"), number(first, "HIGHESTMODSEQ")),
    )
    assert b"* VANISHED (EARLIER) 2:3\r\n" in said


def test_modseq_is_told_once_condstore_is_known(stage):
    one, two = stage.wire("1"), stage.wire("2")
    ask(one, b"a SELECT INBOX")
    ask(two, b"a SELECT INBOX")
    ask(two, b"b STORE 1 +FLAGS (\\Flagged)")
    assert b"MODSEQ" not in ask(one, b"b NOOP")
    ask(one, b"c STATUS Sent (HIGHESTMODSEQ)")
    ask(two, b"c STORE 1 -FLAGS (\\Flagged)")
    assert b"MODSEQ" in ask(one, b"d NOOP")
    assert isinstance(Session(peer="x").enabled, set)
