"""Labels: keywords with a name and a colour; lists across mailboxes; what other programs set."""

from __future__ import annotations

import pytest

from mailcore.models import Entry, Label
from mailcore.models.entry import SEEN
from mailcore.models.label import COLOURS
from mailcore.store import flags, label_list, labels, mailboxes, messages
from mailcore.store.conversation_list import PAGE_SIZE
from mailcore.store.errors import NameInvalid, NotPermitted
from tests.builders import deliver, mailbox_of, message


def tag(account, keyword: str, uids: list[int] | None = None, mailbox: str = "INBOX", box=None) -> None:
    """What a desktop client does: STORE +FLAGS (keyword)."""
    flags.add(box or mailboxes.named(account.pk, mailbox), uids, 0, frozenset([keyword]))


def keywords(account) -> list[str]:
    rows = Entry.objects.filter(account_id=account.pk, expunged=False).order_by("id")
    return [row.keywords for row in rows]


@pytest.mark.parametrize(
    "name, keyword",
    [
        ("Work", "work"),
        ("To do", "to_do"),
        ("Café & Küche", "cafe_kuche"),
        ("  many   spaces ", "many_spaces"),
        ("工作", "label_2"),
        ("Junk", "junk_2"),  # a program's own mark
        ("$Important", "important"),
        ("seen", "seen_2"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_keyword_reminds_of_the_name(alice, name, keyword):
    assert labels.create(alice.pk, name).keyword == keyword


def test_two_names_never_share_a_keyword(alice):
    made = [labels.create(alice.pk, name).keyword for name in ("工作", "家", "a.b", "a b c", "a!b c")]
    assert made == ["label_2", "label_3", "a_b", "a_b_c", "a_b_c_2"]


def test_a_keyword_that_messages_carry_already_is_not_taken_by_another_name(alice):
    mailbox_of(alice, 1)
    tag(alice, "$Work")
    tag(alice, "Work")
    assert labels.create(alice.pk, "work!").keyword == "work_2"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b"])
def test_names_that_cannot_be(alice, name):
    with pytest.raises(NameInvalid):
        labels.create(alice.pk, name)


def test_a_name_is_given_once_whatever_its_case(alice):
    labels.create(alice.pk, "Work trips")
    with pytest.raises(labels.LabelExists):
        labels.create(alice.pk, "work-TRIPS")
    other = labels.create(alice.pk, "Home")
    with pytest.raises(labels.LabelExists):
        labels.rename(alice.pk, other.id, "Work Trips")


def test_colours_are_handed_round(alice):
    made = [labels.create(alice.pk, f"label {n}").colour for n in range(len(COLOURS) - 1)]
    assert sorted(made) == sorted(COLOURS[1:])
    with pytest.raises(NotPermitted):
        labels.recolour(alice.pk, labels.listing(alice.pk)[0].id, "url(evil)")


def test_a_new_name_changes_no_message(alice):
    mailbox_of(alice, 2)
    label = labels.create(alice.pk, "Work")
    tag(alice, label.keyword, [1])
    labels.rename(alice.pk, label.id, "Labour")
    assert keywords(alice) == ["work", ""]
    assert labels.named(alice.pk, "labour").keyword == "work"
    assert labels.named(alice.pk, "work").name == "Labour"  # as other programs call it


def test_deleting_takes_it_off_every_message_and_nothing_else(alice, monkeypatch):
    monkeypatch.setattr(labels, "BATCH", 2)
    mailbox_of(alice, 5)
    label = labels.create(alice.pk, "Work")
    tag(alice, "WORK")  # another program's spelling
    tag(alice, "$Forwarded", [2, 3])
    messages.move(mailboxes.named(alice.pk, "INBOX"), [5], mailboxes.named(alice.pk, "Trash"))
    trash, inbox = mailboxes.named(alice.pk, "Trash"), mailboxes.named(alice.pk, "INBOX")
    assert sorted(labels.delete(alice.pk, label.id)) == [(inbox.id, [1, 2, 3, 4]), (trash.id, [1])]
    assert sorted(keywords(alice)) == ["", "", "", "$Forwarded", "$Forwarded"]
    assert labels.listing(alice.pk) == []
    again = labels.restore(alice.pk, label.name, label.keyword, label.colour)
    assert labels.restore(alice.pk, "Other", label.keyword, "red").id == again.id


def test_deleting_finds_even_messages_with_more_keywords_than_the_index_holds(alice):
    mailbox_of(alice, 1)
    label = labels.create(alice.pk, "Work")
    many = frozenset(f"k{n:03}{'x' * 90}" for n in range(50))
    flags.add(mailboxes.named(alice.pk, "INBOX"), None, 0, many | {label.keyword})
    assert [uids for _, uids in labels.delete(alice.pk, label.id)] == [[1]]
    assert "work" not in keywords(alice)[0].split()


def test_labels_of_others_are_not_there(alice, bob):
    label = labels.create(alice.pk, "Work")
    for verb in (labels.one, labels.delete, labels.hide):
        with pytest.raises(labels.LabelNotFound):
            verb(bob.pk, label.id)
    assert labels.named(bob.pk, "Work") is None
    assert Label.objects.filter(account_id=alice.pk).count() == 1


def test_what_desktop_clients_set_becomes_a_label_and_their_own_marks_do_not(alice):
    mailbox_of(alice, 3)
    for word in ("$label1", "$Forwarded", "NonJunk", "$Important", "project-x", "$label9"):
        tag(alice, word, [1])
    made = labels.adopt(alice.pk, labels.listing(alice.pk))
    assert [(label.name, label.keyword, label.colour) for label in made] == [
        ("Important", "$label1", "red"),
        ("project-x", "project-x", made[1].colour),
    ]
    assert labels.adopt(alice.pk, labels.listing(alice.pk)) == []


def test_unread_counts_leave_trash_out_and_know_no_case(alice):
    mailbox_of(alice, 6)
    work, home = labels.create(alice.pk, "Work"), labels.create(alice.pk, "Home")
    tag(alice, "work", [1, 2, 3, 4])
    tag(alice, "Home", [3, 4, 5])
    flags.add(mailboxes.named(alice.pk, "INBOX"), [1], SEEN)
    messages.move(mailboxes.named(alice.pk, "INBOX"), [2], mailboxes.named(alice.pk, "Trash"))
    trash = mailboxes.named(alice.pk, "Trash")
    both = labels.listing(alice.pk)
    assert labels.unseen(alice.pk, both, {trash.id}) == {work.id: 2, home.id: 3}
    assert labels.unseen(alice.pk, both) == {work.id: 3, home.id: 3}
    assert labels.unseen(alice.pk, []) == {}


def subjects(found) -> list[str]:
    return [item.letters[-1].subject for item in found]


def test_a_list_spans_mailboxes_and_spellings_newest_first(alice):
    mailbox_of(alice, 4)
    deliver(alice, message("Filed", message_id="f@x"), mailbox="Archive")
    deliver(alice, message("Binned", message_id="b@x"), mailbox="Trash")
    tag(alice, "work", [1, 3])
    tag(alice, "Work", mailbox="Archive")
    tag(alice, "work", mailbox="Trash")
    tag(alice, "$Forwarded", [3])
    trash = mailboxes.named(alice.pk, "Trash").id
    found = label_list.page(alice.pk, "work", hidden={trash})
    assert subjects(found.rows) == ["Filed", "Message 3", "Message 1"] and found.next is None
    assert subjects(label_list.page(alice.pk, "work").rows)[0] == "Binned"
    assert label_list.page(alice.pk, "nobody").rows == ()


def test_pages_follow_one_another_and_show_no_conversation_twice(alice):
    mailbox_of(alice, 30)
    for n in range(1, 16):  # answers, newer than everything
        deliver(
            alice,
            message(f"Re: Message {n}", message_id=f"a{n}@x", references=f"<{n}@example.org>"),
            mailbox="Archive" if n % 2 else "INBOX",
        )
    for uids, word in (([*range(1, 31)], "work"), ([*range(5, 20)], "$label2"), ([*range(31, 38)], "Work")):
        tag(alice, word, uids)
    seen: list[int] = []
    before = None
    for _ in range(10):
        found = label_list.page(alice.pk, "work", before=before, size=4)
        seen += [item.id for item in found.rows]
        before = found.next
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 30
    whole = label_list.page(alice.pk, "work", size=PAGE_SIZE)
    assert [item.id for item in whole.rows] == seen


def test_unread_only_and_single_rows(alice):
    mailbox_of(alice, 3)
    tag(alice, "work", [1, 2])
    flags.add(mailboxes.named(alice.pk, "INBOX"), [2], SEEN)
    assert subjects(label_list.page(alice.pk, "work", unread_only=True).rows) == ["Message 1"]
    ids = [item.id for item in label_list.page(alice.pk, "work").rows]
    other = Entry.objects.get(account_id=alice.pk, uid=3).conversation_id
    assert [item.id for item in label_list.rows(alice.pk, "work", [other, *ids])] == ids
