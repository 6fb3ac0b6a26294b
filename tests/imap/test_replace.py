"""REPLACE: a newer version takes the old one's place, or nothing happens. RFC 8508."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inbox_of_three")]


@pytest.fixture
def opened(play):
    play("""
        C: s SELECT INBOX
        S: ...
        S: s OK ...
        C: t CREATE Notes
        S: t OK ...
    """)
    return play


def test_in_place(opened):
    opened(r"""
        C: a REPLACE 2 INBOX (\Seen $Kept) "02-Nov-2026 10:00:00 +0000" {12}
        S: + ...
        C: Subject: x\r\n
        S: * OK [APPENDUID ... 4] Replaced
        S: * 2 EXPUNGE
        S: * 3 EXISTS
        S: * 3 RECENT
        S: a OK REPLACE completed
        C: b UID FETCH 1:* (FLAGS INTERNALDATE)
        S: * FLAGS (...$Kept...)
        S: * 1 FETCH (UID 1 ...)
        S: * 2 FETCH (UID 3 ...)
        S: ...
        S: * 3 FETCH (UID 4 FLAGS (...\Seen...) INTERNALDATE "02-Nov-2026 10:00:00 +0000")
        S: b OK ...
    """)


def test_by_uid_and_into_another_mailbox(opened):
    opened(r"""
        C: a UID REPLACE 3 Notes {12+}
        C: Subject: x\r\n
        S: * OK [APPENDUID ... 1] Replaced
        S: * 3 EXPUNGE
        S: a OK REPLACE completed
        C: b STATUS Notes (MESSAGES)
        S: * STATUS Notes (MESSAGES 1)
        S: b OK ...
        C: c REPLACE 1 {5+}
        C: Notes {12+}
        C: Subject: y\r\n
        S: * OK [APPENDUID ... 2] Replaced
        S: * 1 EXPUNGE
        S: c OK REPLACE completed
    """)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("REPLACE 9 INBOX {9+}", "BAD No such message"),
        ("UID REPLACE 9 INBOX {9+}", "NO [NONEXISTENT] No such message"),
        ("REPLACE 1:2 INBOX {9+}", "BAD ..."),
        ("REPLACE $ INBOX {9+}", "BAD ..."),
        ("REPLACE 1 Nowhere {9+}", "NO [TRYCREATE] ..."),
        ("REPLACE 1 INBOX {0+}", "BAD ..."),
    ],
)
def test_what_is_refused_changes_nothing_and_runs_nothing(opened, command, answer):
    octets = "" if "{0+}" in command else "b LOGOUT."
    opened(f"""
        C: a {command}
        C: {octets}
        S: a {answer}
        C: c SEARCH ALL
        S: * SEARCH 1 2 3
        S: c OK ...
    """)


def test_one_message_takes_the_place_of_one(opened):
    opened("""
        C: a REPLACE 1 INBOX {6+}
        C: a: 1\\r\\n {6+}
        C: a: 2\\r\\n
        S: a NO [LIMIT] ...
        C: b SEARCH ALL
        S: * SEARCH 1 2 3
        S: b OK ...
    """)


def test_what_somebody_else_removed_cannot_be_replaced(opened):
    opened(r"""
        2C: s SELECT INBOX
        2S: ...
        2S: s OK ...
        2C: a STORE 2 +FLAGS.SILENT (\Deleted)
        2S: a OK ...
        2C: b EXPUNGE
        2S: * 2 EXPUNGE
        2S: b OK ...
        C: a REPLACE 2 INBOX {12+}
        C: Subject: x\r\n
        S: a NO [NONEXISTENT] No such message
        C: b NOOP
        S: * 2 EXPUNGE
        S: b OK ...
    """)


def test_a_mailbox_opened_for_reading_stays_as_it_is(opened):
    opened(r"""
        C: a EXAMINE INBOX
        S: ...
        S: a OK ...
        C: b REPLACE 2 INBOX {12+}
        C: Subject: x\r\n
        S: b NO [NOPERM] ...
    """)
