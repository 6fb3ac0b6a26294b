"""What programs note beside mailboxes. RFC 5464, RFC 9590."""

from __future__ import annotations

import pytest

from mailcore.store import mailbox_metadata

pytestmark = pytest.mark.django_db


def test_set_read_change_remove(play):
    play("""
        C: a SETMETADATA INBOX (/private/comment "Mine" /SHARED/Comment {6+}
        C: O\\r\\n1ü)
        S: a OK SETMETADATA completed
        C: b GETMETADATA INBOX (/private/comment /shared/comment)
        S: * METADATA INBOX (/private/comment "Mine" /shared/comment {6}
        S: O
        S: 1ü)
        S: b OK GETMETADATA completed
        C: c SETMETADATA INBOX (/private/comment NIL /shared/comment "Ours")
        S: c OK ...
        C: d GETMETADATA INBOX (/private/comment /shared/comment)
        S: * METADATA INBOX (/private/comment NIL /shared/comment "Ours")
        S: d OK ...
        C: e SETMETADATA "" (/private/vendor/x/y "account")
        S: e OK ...
        C: f GETMETADATA "" /private/vendor/x/y
        S: * METADATA "" (/private/vendor/x/y "account")
        S: f OK ...
        C: g GETMETADATA INBOX /private/vendor/x/y
        S: * METADATA INBOX (/private/vendor/x/y NIL)
        S: g OK ...
    """)


def test_depth_and_size(play):
    play("""
        C: a SETMETADATA INBOX (/private/f "0" /private/f/a "1" /private/f/a/b "22" /private/fx "no")
        S: a OK ...
        C: b GETMETADATA (DEPTH 1) INBOX /private/f
        S: * METADATA INBOX (/private/f "0" /private/f/a "1")
        S: b OK ...
        C: c GETMETADATA INBOX (DEPTH infinity MAXSIZE 1) (/private/f)
        S: * METADATA INBOX (/private/f "0" /private/f/a "1")
        S: c OK [METADATA LONGENTRIES 2] ...
        C: d GETMETADATA (DEPTH 2) INBOX /private/f
        S: d BAD ...
    """)


@pytest.mark.parametrize(
    "entry",
    [
        "comment",
        "/comment",
        "/private",
        "/private/",
        "/private//a",
        "/private/a*",
        "/private/a%",
        "/" + "x" * 300,
    ],
)
def test_entries_that_are_none(play, entry):
    play(f"""
        C: a SETMETADATA INBOX ("{entry}" "x")
        S: a BAD Entries begin with /private/ or /shared/
        C: b GETMETADATA INBOX "{entry}"
        S: b BAD ...
    """)


def test_what_is_refused_changes_nothing(play, monkeypatch):
    monkeypatch.setattr(mailbox_metadata, "MOST_OCTETS", 10)
    monkeypatch.setattr(mailbox_metadata, "MOST_ENTRIES", 2)
    play("""
        C: a SETMETADATA INBOX (/private/a "1" /private/b "12345678901")
        S: a NO [METADATA MAXSIZE 10] Value too large
        C: b SETMETADATA INBOX (/private/a "1" /private/b "2" /private/c "3")
        S: b NO [METADATA TOOMANY] Too many annotations
        C: c GETMETADATA INBOX (/private/a /private/b)
        S: * METADATA INBOX (/private/a NIL /private/b NIL)
        S: c OK ...
        C: d SETMETADATA Nowhere (/private/a "1")
        S: d NO [NONEXISTENT] ...
        C: e SETMETADATA Sent (/private/specialuse "\\\\Junk")
        S: e NO [CANNOT] ...
        C: f GETMETADATA Sent /private/specialuse
        S: * METADATA Sent (/private/specialuse "\\\\Sent")
        S: f OK ...
    """)


def test_it_stays_with_the_mailbox_and_goes_with_it(play, alice):
    play("""
        C: a CREATE Notes
        S: a OK ...
        C: b SETMETADATA Notes (/shared/color "#ff0000")
        S: b OK ...
        C: c RENAME Notes Ideas
        S: c OK ...
        C: d LIST "" (Ideas Sent) RETURN (METADATA (/shared/color))
        S: * LIST (\\HasNoChildren) "/" Ideas
        S: * METADATA Ideas (/shared/color "#ff0000")
        S: * LIST (... \\Sent) "/" Sent
        S: * METADATA Sent (/shared/color NIL)
        S: d OK ...
        C: e DELETE Ideas
        S: e OK ...
        C: f CREATE Ideas
        S: f OK ...
        C: g GETMETADATA Ideas /shared/color
        S: * METADATA Ideas (/shared/color NIL)
        S: g OK ...
    """)


def test_nobody_else_sees_it(play, play_as_bob):
    play("""
        C: a SETMETADATA "" (/shared/comment "of alice")
        S: a OK ...
    """)
    play_as_bob("""
        C: a GETMETADATA "" /shared/comment
        S: * METADATA "" (/shared/comment NIL)
        S: a OK ...
    """)
