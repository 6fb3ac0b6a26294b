"""Create, rename, delete, subscribe; names; special use."""

from __future__ import annotations

import pytest

from mailcore.changes import log
from mailcore.models import Mailbox
from mailcore.models.mailbox import ARCHIVE, JUNK, SENT, TRASH
from mailcore.store import mailboxes, messages
from mailcore.store.errors import MailboxExists, MailboxNotFound, NameInvalid, NotPermitted
from tests.builders import message
from tests.store.looks import counters, state, tombstones, uids


def names(account_id: int) -> list[str]:
    return [mailbox.name for mailbox in mailboxes.listing(account_id)]


def test_a_new_account_has_the_usual_ones(account_id):
    assert names(account_id) == ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"]


def test_provisioning_again_is_harmless(account_id):
    before = state(account_id).modseq
    mailboxes.provision(account_id)
    assert state(account_id).modseq == before
    assert len(names(account_id)) == 6


@pytest.mark.parametrize("name", ["INBOX", "inbox", "InBox", "INBOX/"])
def test_inbox_is_inbox_in_any_case(account_id, name):
    assert mailboxes.named(account_id, name).name == "INBOX"


@pytest.mark.parametrize(
    "name",
    [
        "Läger",
        "日本/語",
        "a b",
        "~peter",
        "&",
        "~",
        "..a",
        "x" * 1000,
        "/".join("abc"),
        "😀",
        "it's",
        'a"b',
        "a\\b",
    ],
)
def test_a_name_may_be_anything_sensible(account_id, name):
    created = mailboxes.create(account_id, name)
    assert mailboxes.named(account_id, name).id == created.id


@pytest.mark.parametrize(
    "name",
    ["", "/", "a//b", "/a", "../x", "a/..", ".", " a", "a ", "a/ b", "x" * 1001, "/".join("a" * 51), "a\0b", "a\r\nb",
     "a*", "a%b", "\x7f", "\x85"],
)  # fmt: skip
def test_a_name_may_not_be_anything(account_id, name):
    with pytest.raises(NameInvalid):
        mailboxes.create(account_id, name)


def test_those_above_are_made_as_well(account_id):
    mailboxes.create(account_id, "a/b/c/")
    assert {"a", "a/b", "a/b/c"} <= set(names(account_id))


@pytest.mark.parametrize("name", ["INBOX", "inbox", "Sent", "sub"])
def test_a_name_is_taken_once(account_id, name):
    mailboxes.create(account_id, "sub")
    with pytest.raises(MailboxExists):
        mailboxes.create(account_id, name)


def test_names_differ_by_case_but_for_inbox(account_id):
    mailboxes.create(account_id, "SENT")
    assert {"SENT", "Sent"} <= set(names(account_id))


def test_uidvalidity_grows_even_when_a_name_comes_back(account_id):
    first = mailboxes.create(account_id, "x").uidvalidity
    mailboxes.delete(account_id, "x")
    assert mailboxes.create(account_id, "x").uidvalidity > first


class TestDelete:
    def test_takes_the_messages_and_frees_name_and_room(self, account_id):
        box = mailboxes.create(account_id, "x")
        messages.append_bytes(account_id, box.id, message())
        gone = mailboxes.delete(account_id, "x")
        assert gone.deleted_modseq == state(account_id).modseq
        assert tombstones(box) == {1: gone.deleted_modseq}
        assert counters(box)[:3] == (0, 0, 0)
        assert state(account_id).used_bytes == 0
        with pytest.raises(MailboxNotFound):
            mailboxes.named(account_id, "x")
        with pytest.raises(MailboxNotFound):
            mailboxes.fresh(account_id, box.id)

    def test_leaves_those_below(self, account_id):
        mailboxes.create(account_id, "a/b")
        mailboxes.delete(account_id, "a")
        assert "a/b" in names(account_id)

    def test_of_inbox_is_not_permitted(self, account_id):
        with pytest.raises(NotPermitted):
            mailboxes.delete(account_id, "inbox")

    def test_of_nothing_is_not_found(self, account_id):
        with pytest.raises(MailboxNotFound):
            mailboxes.delete(account_id, "nothing")

    def test_of_somebody_elses_is_not_found(self, account_id):
        mailboxes.provision(8)
        mailboxes.create(8, "theirs")
        with pytest.raises(MailboxNotFound):
            mailboxes.delete(account_id, "theirs")


class TestRename:
    def test_takes_those_below_along_and_keeps_uids(self, account_id):
        box = mailboxes.create(account_id, "a/b")
        appended = messages.append_bytes(account_id, box.id, message())
        mailboxes.rename(account_id, "a", "x/y")
        moved = mailboxes.named(account_id, "x/y/b")
        assert (moved.id, moved.uidvalidity, uids(moved)) == (box.id, box.uidvalidity, [appended.uid])
        assert {"x", "x/y", "x/y/b"} <= set(names(account_id))
        assert not {"a", "a/b"} & set(names(account_id))

    def test_does_not_take_what_only_begins_alike(self, account_id):
        for name in ("a", "ab", "a/c"):
            mailboxes.create(account_id, name)
        mailboxes.rename(account_id, "a", "z")
        assert {"ab", "z", "z/c"} <= set(names(account_id))

    def test_of_inbox_moves_its_messages_and_leaves_it(self, account_id, inbox):
        messages.append_bytes(account_id, inbox.id, message())
        mailboxes.create(account_id, "INBOX/below")
        mailboxes.rename(account_id, "inbox", "old mail")
        assert uids(inbox) == []
        assert uids(mailboxes.named(account_id, "old mail")) == [1]
        assert "INBOX/below" in names(account_id)

    @pytest.mark.parametrize(
        ("old", "new", "problem"),
        [
            ("nothing", "x", MailboxNotFound),
            ("a", "b", MailboxExists),
            ("a", "INBOX", MailboxExists),
            ("a", "a", MailboxExists),
            ("a", "a/inside", NotPermitted),
            ("a", "", NameInvalid),
            ("a", "x*", NameInvalid),
            ("a", "/".join("z" * 50), NameInvalid),  # those below would be too deep
        ],
    )
    def test_refuses(self, account_id, old, new, problem):
        for name in ("a/deep", "b"):
            mailboxes.create(account_id, name)
        before = names(account_id)
        with pytest.raises(problem):
            mailboxes.rename(account_id, old, new)
        assert names(account_id) == before


class TestSpecialUse:
    @pytest.mark.parametrize("use", [SENT, TRASH, JUNK, ARCHIVE])
    def test_finds_it(self, account_id, use):
        assert mailboxes.special(account_id, use).special_use == use

    def test_finds_it_under_another_name(self, account_id):
        mailboxes.rename(account_id, "Sent", "Gesendet")
        assert mailboxes.special(account_id, SENT).name == "Gesendet"

    def test_is_made_when_there_is_none(self, account_id):
        mailboxes.delete(account_id, "Trash")
        assert mailboxes.special(account_id, TRASH).name == "Trash"
        assert names(account_id).count("Trash") == 1

    def test_takes_a_mailbox_of_that_name(self, account_id):
        mailboxes.delete(account_id, "Trash")
        plain = mailboxes.create(account_id, "Trash")
        assert mailboxes.special(account_id, TRASH).id == plain.id

    def test_one_mailbox_a_use(self, account_id):
        with pytest.raises(NotPermitted):
            mailboxes.create(account_id, "More sent", SENT)


def test_subscribing_is_a_change_only_when_it_changes(account_id):
    before = state(account_id).modseq
    mailboxes.subscribe(account_id, "Sent")
    assert state(account_id).modseq == before
    mailboxes.unsubscribe(account_id, "Sent")
    assert not mailboxes.named(account_id, "Sent").is_subscribed
    assert [(change.kind, change.detail) for change in log.since(account_id, before)] == [("subscribed", "0")]


def test_recent_is_claimed_by_one_session(account_id, inbox):
    messages.append_bytes(account_id, inbox.id, message())
    assert mailboxes.claim_recent(inbox) == (1, 2)
    assert mailboxes.claim_recent(inbox) == (2, 2)
    messages.append_bytes(account_id, inbox.id, message())
    assert mailboxes.claim_recent(inbox) == (2, 3)


def test_a_deleted_mailbox_is_buried_once_nobody_may_ask(account_id):
    box = mailboxes.create(account_id, "x")
    messages.append_bytes(account_id, box.id, message())
    mailboxes.delete(account_id, "x")
    mailboxes.bury(account_id, box.id)
    assert Mailbox.objects.filter(account_id=account_id, id=box.id).exists()  # its tombstones are still there
    empty = mailboxes.create(account_id, "y")
    mailboxes.delete(account_id, "y")
    mailboxes.bury(account_id, empty.id)
    assert not Mailbox.objects.filter(account_id=account_id, id=empty.id).exists()


def test_nobody_buries_a_living_mailbox(account_id):
    box = mailboxes.create(account_id, "x")
    mailboxes.bury(account_id, box.id)
    assert mailboxes.named(account_id, "x").id == box.id
