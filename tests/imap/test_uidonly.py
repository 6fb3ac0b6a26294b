"""Sessions that never hear a message number. RFC 9586."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inbox_of_three")]


@pytest.fixture
def opened(play):
    play("""
        C: s ENABLE UIDONLY IMAP4rev2
        S: * ENABLED UIDONLY IMAP4REV2
        S: s OK ...
        C: t SELECT INBOX
        S: ...
        S: t OK ...
    """)
    return play


def test_everything_is_said_by_uid(opened):
    opened(r"""
        C: a UID FETCH 1:2 (FLAGS)
        S: * 1 UIDFETCH (FLAGS ())
        S: * 2 UIDFETCH (FLAGS ())
        S: a OK ...
        C: b UID FETCH 3 (UID RFC822.SIZE)
        S: * 3 UIDFETCH (UID 3 RFC822.SIZE ...)
        S: b OK ...
        C: c UID STORE 1,3 +FLAGS (\Flagged)
        S: * 1 UIDFETCH (FLAGS (\Flagged))
        S: * 3 UIDFETCH (FLAGS (\Flagged))
        S: c OK ...
        C: d UID SEARCH FLAGGED
        S: * ESEARCH (TAG "d") UID ALL 1,3
        S: d OK ...
        C: e UID STORE 1 +FLAGS.SILENT (\Deleted)
        S: e OK ...
        C: f EXPUNGE
        S: * VANISHED 1
        S: f OK ...
        C: g UID FETCH 2:3 (BODY.PEEK[HEADER.FIELDS (X)])
        S: * 2 UIDFETCH (BODY[HEADER.FIELDS (X)] {2}
        S: ...
        S: g OK ...
        C: h UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)
        S: * 2 UIDFETCH (FLAGS () MODSEQ (...))
        S: * 3 UIDFETCH (FLAGS (\Flagged) MODSEQ (...))
        S: h OK ...
    """)


def test_news_of_others_comes_by_uid(opened):
    opened(r"""
        2C: s SELECT INBOX
        2S: ...
        2S: s OK ...
        2C: a STORE 2 +FLAGS.SILENT (\Seen)
        2S: a OK ...
        C: a NOOP
        S: * 2 UIDFETCH (FLAGS (\Seen))
        S: a OK ...
    """)


@pytest.mark.parametrize(
    "command",
    [
        "FETCH 1 FLAGS",
        "STORE 1 +FLAGS (x)",
        "COPY 1 Sent",
        "MOVE 1 Sent",
        "SEARCH ALL",
        "SORT (DATE) UTF-8 ALL",
        "THREAD REFERENCES UTF-8 ALL",
        "UID SEARCH 1:2",
        "UID SORT (DATE) UTF-8 NOT 1",
        "REPLACE 1 INBOX x",
    ],
)
def test_numbers_are_refused(opened, command):
    opened(f"""
        C: a {command}
        S: a BAD [UIDREQUIRED] ...
    """)


def test_it_may_begin_in_a_selected_mailbox(play):
    play(r"""
        C: a SELECT INBOX
        S: ...
        S: a OK ...
        C: b ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: b OK ...
        C: c UID STORE 2 FLAGS (\Seen)
        S: * 2 UIDFETCH (FLAGS (... \Seen))
        S: c OK ...
    """)
