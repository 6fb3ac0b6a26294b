"""Which messages are one conversation: References, then subject (RFC 5256 §2.1, §2.2)."""

from __future__ import annotations

import pytest

from mailcore.models import Anchor, Conversation, Entry, Message
from mailcore.store import mailboxes, messages
from tests.builders import message

NOW = 1_790_000_000
DAY = 86_400


@pytest.fixture
def put(inbox):
    """Deliver a message; its number, to be asked `conversation` about later."""

    def deliver(subject="Tea", id="", refs="", at=NOW, account=inbox, reply=""):
        more = {"in_reply_to": f"<{reply}>"} if reply else {}
        raw = message(subject, message_id=id, references=refs, **more)
        return messages.append_bytes(account.account_id, account.id, raw, internaldate=at).message_id

    return deliver


def conversation(message_id: int) -> int:
    number = Message.objects.get(id=message_id).conversation_id
    entries = Entry.objects.filter(account_id=message_id >> 32, message_id=message_id)
    assert {entry.conversation_id for entry in entries} == {number}
    assert Conversation.objects.filter(id=number).exists()
    return number


def test_an_answer_joins_what_it_refers_to(put):
    first = put(id="a@x")
    answer = put("Re: Tea", id="b@x", refs="<a@x>")
    assert conversation(first) == conversation(answer)


def test_in_reply_to_is_enough(put):
    assert conversation(put(id="a@x")) == conversation(put("completely different", id="b@x", reply="a@x"))


def test_the_parent_may_come_later(put):
    answer = put("Re: Tea", id="b@x", refs="<a@x>")
    assert conversation(put(id="a@x")) == conversation(answer)


def test_brothers_meet_in_a_parent_nobody_has(put):
    assert conversation(put("Re: Tea", id="b@x", refs="<a@x>")) == conversation(
        put("Re: Tea", id="c@x", refs="<a@x>")
    )


def test_a_message_that_knows_two_makes_them_one(put):
    left, right = put("Tea", id="a@x"), put("Cake", id="b@x")
    assert conversation(left) != conversation(right)
    knot = put("Re: Tea and cake", id="c@x", refs="<a@x> <b@x>")
    assert conversation(left) == conversation(right) == conversation(knot)
    assert Conversation.objects.filter(account_id=7).count() == 1
    assert {anchor.conversation_id for anchor in Anchor.objects.filter(account_id=7)} == {conversation(knot)}
    later = put("Re: Cake", id="d@x", refs="<b@x>")
    assert conversation(later) == conversation(knot)


def test_strangers_with_the_same_subject_stay_apart(put):
    assert conversation(put("Hello", id="a@x")) != conversation(put("Hello", id="b@x"))


def test_a_reply_without_references_joins_by_subject(put):
    first = put("Tea", id="a@x")
    assert conversation(put("RE: Tea", id="b@x", at=NOW + DAY)) == conversation(first)


@pytest.mark.parametrize("days", [40, 4000])
def test_but_not_after_a_month(put, days):
    first = put("Tea", id="a@x")
    assert conversation(put("Re: Tea", id="b@x", at=NOW + days * DAY)) != conversation(first)


def test_nor_long_before(put):
    """An import of old mail must not join today's."""
    today = put("Tea", id="a@x")
    assert conversation(put("Re: Tea", id="b@x", at=NOW - 4000 * DAY)) != conversation(today)


def test_empty_subjects_are_nobodys_topic(put):
    assert conversation(put("", id="a@x")) != conversation(put("Re:", id="b@x"))


def test_accounts_do_not_share(put, inbox):
    mailboxes.provision(8)
    theirs = mailboxes.named(8, "INBOX")
    ours = put(id="a@x")
    answer = put("Re: Tea", id="b@x", refs="<a@x>", account=theirs)
    assert conversation(ours) != conversation(answer)
    assert conversation(answer) >> 32 == 8


def test_a_group_commit_threads_within_itself(inbox):
    from tests.store.test_messages import arrival

    raws = [
        message("Re: Tea", message_id="c@x", references="<a@x> <b@x>"),
        message("Tea", message_id="a@x"),
        message("Cake", message_id="z@x"),
        message("Re: Tea", message_id="b@x", references="<a@x>"),
        message("Re: both", message_id="k@x", references="<z@x> <a@x>"),
    ]
    answers = messages.append([arrival(inbox, raw) for raw in raws])
    assert len({conversation(answer.message_id) for answer in answers}) == 1
    assert len({answer.conversation_id for answer in answers}) == 1


def test_a_message_that_refers_to_itself_is_fine(put):
    number = put(id="a@x", refs="<a@x> <a@x> <a@x>")
    assert conversation(number)


def test_cycles_are_fine(put):
    """SECURITY B13."""
    first = put(id="a@x", refs="<b@x>")
    assert conversation(put(id="b@x", refs="<a@x>")) == conversation(first)


def test_the_same_message_twice_is_one_conversation(put):
    assert conversation(put(id="a@x")) == conversation(put(id="a@x"))


def test_without_any_id_each_stands_alone(put):
    assert conversation(put("One")) != conversation(put("Two"))


def test_latest_is_the_newest_whatever_order_they_come_in(put):
    put(id="a@x", at=NOW)
    put("Re: Tea", id="b@x", refs="<a@x>", at=NOW + 500)
    third = put("Re: Tea", id="c@x", refs="<a@x>", at=NOW - 500)
    assert Conversation.objects.get(id=conversation(third)).latest == NOW + 500


def test_latest_survives_a_merge(put):
    put("Tea", id="a@x", at=NOW + 900)
    put("Cake", id="b@x", at=NOW)
    knot = put("Re: both", id="c@x", refs="<b@x> <a@x>", at=NOW - 900)
    assert Conversation.objects.get(id=conversation(knot)).latest == NOW + 900
