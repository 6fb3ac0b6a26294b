"""CREATE, DELETE, RENAME, LIST, LSUB, STATUS, NAMESPACE, SUBSCRIBE, quota: the folder pane."""

from __future__ import annotations

import pytest

from mailcore.store import mailboxes, quota
from tests.builders import mailbox_of

pytestmark = pytest.mark.django_db


def test_list_shows_uses_and_children(play):
    play(r"""
        C: a LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: a OK ...
        C: b LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: b OK ...
        C: c LIST "" inbox
        S: * LIST (\HasNoChildren) "/" INBOX
        S: c OK ...
        C: d LIST "" nothing
        S: d OK ...
    """)


def test_percent_stops_at_the_delimiter(play):
    play(r"""
        C: a CREATE work/2026/tea
        S: a OK [MAILBOXID (F...)] ...
        C: b LIST "" w%
        S: * LIST (\HasChildren) "/" work
        S: b OK ...
        C: c LIST work/ %
        S: * LIST (\HasChildren) "/" work/2026
        S: c OK ...
        C: d LIST "" w*
        S: * LIST (\HasChildren) "/" work
        S: * LIST (\HasChildren) "/" work/2026
        S: * LIST (\HasNoChildren) "/" work/2026/tea
        S: d OK ...
        C: e DELETE work/2026
        S: e OK ...
        C: f LIST "" work/%
        S: * LIST (\NonExistent \Noselect \HasChildren) "/" work/2026
        S: f OK ...
        C: g LIST "" (work%/%a* %box)
        S: ...
        S: g OK ...
    """)


def test_list_extended(play):
    play(r"""
        C: a CREATE a/b/c
        S: a OK ...
        C: b UNSUBSCRIBE a
        S: b OK ...
        C: c UNSUBSCRIBE a/b
        S: c OK ...
        C: d LIST (SUBSCRIBED) "" a*
        S: * LIST (\HasNoChildren \Subscribed) "/" a/b/c
        S: d OK ...
        C: e LIST (SUBSCRIBED RECURSIVEMATCH) "" a
        S: * LIST (\HasChildren) "/" a ("CHILDINFO" ("SUBSCRIBED"))
        S: e OK ...
        C: f LIST (SPECIAL-USE) "" *
        S: ...
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: f OK ...
        C: g LIST "" (INBOX Sent) RETURN (CHILDREN SUBSCRIBED STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 0 UNSEEN 0)
        S: * LIST (\HasNoChildren \Sent \Subscribed) "/" Sent
        S: * STATUS Sent (MESSAGES 0 UNSEEN 0)
        S: g OK ...
        C: h LIST (RECURSIVEMATCH) "" *
        S: h BAD ...
        C: i LSUB "" a%
        S: * LSUB (\Noselect) "/" a
        S: i OK ...
        C: j LSUB "" a*
        S: * LSUB (\HasNoChildren) "/" a/b/c
        S: j OK ...
        C: k LIST (NONSENSE) "" *
        S: k BAD ...
        C: l LIST "" * RETURN (NONSENSE)
        S: l BAD ...
    """)


def test_create_refuses_what_is_there_or_cannot_be(play):
    play(r"""
        C: a CREATE INBOX
        S: a NO [ALREADYEXISTS] ...
        C: b CREATE Sent
        S: b NO [ALREADYEXISTS] ...
        C: c CREATE work/
        S: c OK ...
        C: d CREATE "a//b"
        S: d NO [CANNOT] ...
        C: e CREATE "../bob"
        S: e NO [CANNOT] ...
        C: f CREATE "x%y"
        S: f NO [CANNOT] ...
        C: g CREATE ""
        S: g NO [CANNOT] ...
        C: h CREATE "tab\x09"
        S: h NO [CANNOT] ...
        C: i DELETE INBOX
        S: i NO [CANNOT] ...
        C: j DELETE nothing
        S: j NO [NONEXISTENT] ...
        C: k RENAME nothing something
        S: k NO [NONEXISTENT] ...
        C: l RENAME work Sent
        S: l NO [ALREADYEXISTS] ...
        C: m RENAME work work/below
        S: m NO [CANNOT] ...
        C: n CREATE
        S: n BAD ...
        C: o CREATE one two
        S: o BAD ...
    """)


def test_create_with_a_use(play):
    play(r"""
        C: a CREATE MySent (USE (\Sent))
        S: a NO [USEATTR] ...
        C: b CREATE Everything (USE (\All))
        S: b NO [USEATTR] ...
        C: c DELETE Sent
        S: c OK ...
        C: d CREATE MySent (USE (\sent))
        S: d OK ...
        C: e LIST "" MySent
        S: * LIST (\HasNoChildren \Sent) "/" MySent
        S: e OK ...
    """)


def test_names_in_every_language(play):
    play(r"""
        C: a CREATE "Entw&APw-rfe/&ZeVnLIqe-"
        S: a OK ...
        C: b LIST "" "Entw*"
        S: * LIST (\HasChildren) "/" Entw&APw-rfe
        S: * LIST (\HasNoChildren) "/" Entw&APw-rfe/&ZeVnLIqe-
        S: b OK ...
        C: c CREATE "A&-B"
        S: c OK ...
        C: d CREATE "broken&"
        S: d NO [CANNOT] ...
        C: e ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: e OK ...
        C: f LIST "" "Entwürfe"
        S: * LIST (\HasChildren) "/" "Entwürfe"
        S: f OK ...
        C: g LIST "" "A&B"
        S: * LIST (\HasNoChildren) "/" A&B
        S: g OK ...
    """)


def test_uidvalidity_is_never_used_twice(play, alice):
    """Deleted and created again, a mailbox is another mailbox."""
    play(r"""
        C: a CREATE x
        S: a OK ...
    """)
    first = mailboxes.named(alice.pk, "x").uidvalidity
    play(r"""
        C: b DELETE x
        S: b OK ...
        C: c CREATE x
        S: c OK ...
    """)
    second = mailboxes.named(alice.pk, "x").uidvalidity
    assert second > first


def test_renaming_inbox_moves_its_messages(play, inbox_of_three):
    play(r"""
        C: a RENAME INBOX Old
        S: a OK ...
        C: b STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: b OK ...
        C: c STATUS Old (MESSAGES)
        S: * STATUS Old (MESSAGES 3)
        S: c OK ...
    """)


def test_status_knows_everything(play, alice):
    mailbox_of(alice, 2)
    play(r"""
        C: a STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE)
        S: * STATUS INBOX (MESSAGES 2 RECENT 2 UIDNEXT 3 UIDVALIDITY ... UNSEEN 2 DELETED 0 SIZE ...)
        S: a OK ...
        C: b STATUS INBOX (HIGHESTMODSEQ MAILBOXID APPENDLIMIT DELETED-STORAGE)
        S: * STATUS INBOX (HIGHESTMODSEQ ... MAILBOXID (F...) APPENDLIMIT ... DELETED-STORAGE 0)
        S: b OK ...
        C: c STATUS nothing (MESSAGES)
        S: c NO [NONEXISTENT] ...
        C: d STATUS INBOX (FROBS)
        S: d BAD ...
        C: e STATUS INBOX ()
        S: e BAD ...
    """)


def test_namespace_and_quota(play, alice):
    quota.allow(alice.pk, 10_000 * 1024)
    play(r"""
        C: a NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: a OK ...
        C: b GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX ""
        S: * QUOTA "" (STORAGE 0 10000)
        S: b OK ...
        C: c GETQUOTA ""
        S: * QUOTA "" (STORAGE 0 10000)
        S: c OK ...
        C: d GETQUOTA other
        S: d NO [NONEXISTENT] ...
        C: e SETQUOTA "" (STORAGE 99999)
        S: e NO [NOPERM] ...
    """)


@pytest.mark.parametrize(
    "name",
    [
        "../bob@example.org/INBOX",
        "/etc/passwd",
        "~bob/INBOX",
        "#shared/INBOX",
        "user/bob/INBOX",
        "bob@example.org",
        "INBOX/../../bob",
        ".",
        "..",
        "\\",
    ],
)
def test_no_name_leads_to_somebody_else(play, bob, name):
    mailbox_of(bob, 1)
    quoted = name.replace("\\", "\\\\")
    play(f"""
        C: a SELECT "{quoted}"
        S: a NO ...
        C: b STATUS "{quoted}" (MESSAGES)
        S: b NO ...
        C: c LIST "{quoted}" *
        S: c OK ...
        C: d DELETE "{quoted}"
        S: d NO ...
    """)


def test_hostile_patterns_take_no_time(play):
    play(
        """
        C: a CREATE """
        + "a" * 200
        + """
        S: a OK ...
        C: b LIST "" """
        + "a%*" * 300
        + """b
        S: b OK ...
        C: c LIST "" """
        + "%" * 4000
        + """
        S: ...
        S: c OK ...
    """
    )
