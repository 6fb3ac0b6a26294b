"""SELECT, EXPUNGE, STORE, FETCH between clients: what each may know, and when."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_select_describes_the_mailbox(play, inbox_of_three):
    play(r"""
        C: a SELECT inbox
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft ...)
        S: * OK [PERMANENTFLAGS (... \*)] ...
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UIDVALIDITY ...] ...
        S: * OK [UIDNEXT 4] ...
        S: * OK [HIGHESTMODSEQ ...] ...
        S: * OK [MAILBOXID (F...)] ...
        S: a OK [READ-WRITE] ...
    """)


def test_expunge_waits_until_the_client_can_bear_it(play, inbox_of_three):
    """RFC 9051 §7.5.1: numbers must not shift under a FETCH."""
    play(r"""
        1C: a SELECT INBOX
        1S: ...
        1S: a OK ...
        2C: a SELECT INBOX
        2S: ...
        2S: a OK ...
        1C: b UID STORE 1 +FLAGS.SILENT (\Deleted)
        1S: b OK ...
        1C: c EXPUNGE
        1S: * 1 EXPUNGE
        1S: c OK ...
        2C: b FETCH 2 (UID)
        2S: * 2 FETCH (UID 2)        ;; still numbered as this client last saw it
        2S: b OK ...
        2C: c NOOP
        2S: * 1 EXPUNGE              ;; now it may know
        2S: c OK ...
    """)


def test_store_tells_the_new_flags_to_everybody(play, inbox_of_three):
    play(r"""
        1C: a SELECT INBOX
        1S: ...
        1S: a OK ...
        2C: a SELECT INBOX
        2S: ...
        2S: a OK ...
        1C: b STORE 2 +FLAGS (\Seen $Work)
        1S: * FLAGS (... $Work)
        1S: * 2 FETCH (UID 2 FLAGS (\Recent \Seen $Work))
        1S: b OK STORE completed
        2C: b NOOP
        2S: * FLAGS (... $Work)
        2S: * 2 FETCH (UID 2 FLAGS (\Seen $Work))
        2S: b OK ...
        2C: c STORE 2 -FLAGS.SILENT ($Work)
        2S: c OK ...
        2C: d FETCH 1:* (FLAGS)
        2S: * 1 FETCH (FLAGS ())
        2S: * 2 FETCH (FLAGS (\Seen))
        2S: * 3 FETCH (FLAGS ())
        2S: d OK ...
        1C: e UID STORE 1:* FLAGS (\Flagged)
        1S: * 1 FETCH (UID 1 FLAGS (\Recent \Flagged))
        1S: * 2 FETCH (UID 2 FLAGS (\Recent \Flagged))
        1S: * 3 FETCH (UID 3 FLAGS (\Recent \Flagged))
        1S: e OK ...
    """)


def test_keywords_have_no_case(play, inbox_of_three):
    play(r"""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
        C: b STORE 1 +FLAGS (Work $JUNK)
        S: * FLAGS (... Work)
        S: * 1 FETCH (UID 1 FLAGS (\Recent $Junk Work))
        S: b OK ...
        C: c STORE 1 +FLAGS (WORK)
        S: c OK ...
        C: d STORE 1 -FLAGS (work)
        S: * 1 FETCH (UID 1 FLAGS (\Recent $Junk))
        S: d OK ...
    """)


def test_reading_a_body_marks_it_seen_and_says_so(play, inbox_of_three):
    play(r"""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
        C: b FETCH 1 (BODY.PEEK[HEADER.FIELDS (Subject)])
        S: * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {22}
        S: Subject: Message 1
        S:
        S: )
        S: b OK ...
        C: c FETCH 1 BODY[TEXT]
        S: * 1 FETCH (FLAGS (\Recent \Seen) BODY[TEXT] {10}
        S: At four?
        S: )
        S: c OK ...
        C: d UID FETCH 1 (FLAGS BODY[TEXT]<3.4>)
        S: * 1 FETCH (UID 1 FLAGS (\Recent \Seen) BODY[TEXT]<3> {4}
        S: four)
        S: d OK ...
    """)


def test_examine_changes_nothing(play, inbox_of_three):
    play(r"""
        C: a EXAMINE INBOX
        S: ...
        S: a OK [READ-ONLY] ...
        C: b FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {10}
        S: At four?
        S: )
        S: b OK ...
        C: c STORE 1 +FLAGS (\Seen)
        S: c NO [NOPERM] ...
        C: d EXPUNGE
        S: d NO [NOPERM] ...
        C: e CLOSE
        S: e OK ...
        C: f FETCH 1 FLAGS
        S: f BAD ...
    """)


def test_idle_hears_of_arrivals_flags_and_expunges(play, inbox_of_three):
    play(r"""
        1C: a SELECT INBOX
        1S: ...
        1S: a OK ...
        1C: b IDLE
        1S: + idling
        2C: a APPEND INBOX (\Seen) {29+}
        2C: Subject: More
        2C:
        2C: Another cup?
        2S: a OK [APPENDUID ... 4] APPEND completed
        1S: * 4 EXISTS
        1S: * 4 RECENT
        2C: b SELECT INBOX
        2S: ...
        2S: b OK ...
        2C: c STORE 4 +FLAGS (\Deleted)
        2S: * 4 FETCH (UID 4 FLAGS (...\Deleted \Seen))
        2S: c OK ...
        1S: * 4 FETCH (UID 4 FLAGS (\Recent \Deleted \Seen))
        2C: d EXPUNGE
        2S: * 4 EXPUNGE
        2S: d OK ...
        1S: * 4 EXPUNGE
        1C: DONE
        1S: b OK ...
        1C: c IDLE
        1S: + idling
        1C: NOOP
        1S: c BAD ...
    """)


def test_copy_and_move(play, inbox_of_three):
    play(r"""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
        C: b COPY 1:2 Nowhere
        S: b NO [TRYCREATE] ...
        C: c COPY 1:2 Archive
        S: c OK [COPYUID ... 1:2 1:2] COPY completed
        C: d UID MOVE 2:3 Archive
        S: * OK [COPYUID ... 2:3 3:4] ...
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: d OK ...
        C: e UID MOVE 77 Archive
        S: e OK ...
        C: f STATUS Archive (MESSAGES UIDNEXT UNSEEN SIZE DELETED)
        S: * STATUS Archive (MESSAGES 4 UIDNEXT 5 UNSEEN 4 SIZE ... DELETED 0)
        S: f OK ...
    """)


def test_a_mailbox_deleted_under_a_session_ends_it(play, inbox_of_three):
    play(r"""
        1C: a CREATE Doomed
        1S: a OK [MAILBOXID (F...)] ...
        1C: b SELECT Doomed
        1S: ...
        1S: b OK ...
        2C: a DELETE Doomed
        2S: a OK ...
        1C: c NOOP
        1S: * BYE Selected mailbox was deleted
        1S<
    """)


def test_deleting_the_own_selected_mailbox_closes_it(play):
    play(r"""
        C: a CREATE Doomed
        S: a OK ...
        C: b SELECT Doomed
        S: ...
        S: b OK ...
        C: c DELETE Doomed
        S: * OK [CLOSED] ...
        S: c OK ...
        C: d FETCH 1 FLAGS
        S: d BAD ...
        C: e CREATE Doomed
        S: e OK ...
    """)


def test_a_renamed_mailbox_stays_selected(play, inbox_of_three):
    play(r"""
        1C: a CREATE Old
        1S: a OK ...
        1C: b SELECT Old
        1S: ...
        1S: b OK ...
        2C: a RENAME Old New
        2S: a OK ...
        2C: b APPEND New {6+}
        2C: x: y
        2C:
        2S: b OK ...
        1C: c NOOP
        1S: * 1 EXISTS
        1S: * 1 RECENT
        1S: c OK ...
    """)
