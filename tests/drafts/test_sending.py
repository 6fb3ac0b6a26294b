"""From the first letter to the last: saved, mirrored, sent once, taken back."""

from __future__ import annotations

import base64

import pytest

from mailcore.drafts import begin, mirror, rows, send
from mailcore.drafts.errors import (
    AddressesWrong,
    AlreadySent,
    ChangedElsewhere,
    NobodyToSendTo,
    SenderNotYours,
)
from mailcore.identity import accounts, aliases
from mailcore.models import Contact, Draft, Entry, Message, OutboundMessage
from mailcore.models.entry import ANSWERED, DRAFT, SEEN
from mailcore.store import blobs, entries, mailboxes
from mailcore.store.errors import MessageTooBig, NotFound
from tests.builders import deliver, message

pytestmark = pytest.mark.django_db


def held(account, name: str) -> list[Message]:
    """What is in a mailbox, oldest first."""
    mailbox = mailboxes.named(account.pk, name)
    found = Entry.objects.filter(account_id=account.pk, mailbox_id=mailbox.id, expunged=False).order_by("uid")
    return [Message.objects.get(account_id=account.pk, id=entry.message_id) for entry in found]


def octets(account, row: Message) -> bytes:
    return entries.raw_of(account.pk, row.id).read()


def received(account, raw: bytes) -> Message:
    return Message.objects.get(account_id=account.pk, id=deliver(account, raw)[0].message_id)


def test_a_letter_to_a_neighbour_arrives_and_is_in_sent(alice, bob):
    draft = begin.new(alice, to="Bob <bob@example.org>", subject="Tea")
    draft = rows.save(draft, text="At four?\n", is_rich=False)
    sent = send.send(alice, draft, undo_seconds=0)
    assert sent.state == Draft.State.SENT
    assert [row.subject for row in held(bob, "INBOX")] == ["Tea"]
    [copy] = held(alice, "Sent")
    assert copy.message_id == draft.message_id
    assert b"At four?" in octets(alice, copy)


def test_every_save_replaces_the_mirror_and_keeps_the_id(alice):
    draft = begin.new(alice, subject="T")
    for subject in ("Te", "Tea", "Tea?"):
        draft = mirror.mirror(alice, rows.save(draft, subject=subject))
    assert [row.subject for row in held(alice, "Drafts")] == ["Tea?"]
    [entry] = Entry.objects.filter(account_id=alice.pk, mailbox_id=draft.mirror_mailbox_id, expunged=False)
    assert entry.flags == SEEN | DRAFT
    assert rows.of(alice.pk, draft.id).id == draft.id


def test_a_mirror_that_another_client_deleted_comes_back(alice):
    from mailcore.store import messages

    draft = mirror.mirror(alice, rows.save(begin.new(alice), subject="Tea"))
    messages.remove(mailboxes.named(alice.pk, "Drafts"), [draft.mirror_uid])
    mirror.mirror(alice, rows.save(draft, subject="Tea!"))
    assert [row.subject for row in held(alice, "Drafts")] == ["Tea!"]


def test_sending_takes_the_mirror_away(alice, bob):
    draft = mirror.mirror(alice, rows.save(begin.new(alice), to="bob@example.org", subject="Tea"))
    send.send(alice, draft, undo_seconds=0)
    assert held(alice, "Drafts") == []


@pytest.mark.parametrize("undo_seconds", [0, 600])
def test_a_second_click_sends_nothing(alice, bob, undo_seconds):
    draft = rows.save(begin.new(alice), to="bob@example.org", subject="Tea")
    send.send(alice, draft, undo_seconds=undo_seconds)
    with pytest.raises(AlreadySent):
        send.send(alice, draft, undo_seconds=undo_seconds)
    assert len(held(alice, "Sent")) == 1


def test_what_another_window_wrote_meanwhile_is_not_left_behind(alice, bob):
    draft = rows.save(begin.new(alice), to="bob@example.org", subject="Tea")
    rows.save(draft, subject="Coffee")
    with pytest.raises(ChangedElsewhere):
        send.send(alice, draft, undo_seconds=600)
    assert rows.of(alice.pk, draft.id).subject == "Coffee" and held(alice, "Sent") == []


def test_a_queue_that_fails_leaves_a_draft_and_nothing_else(alice, bob, settings):
    from mailcore.store import quota
    from mailcore.store.errors import QuotaExceeded

    draft = mirror.mirror(alice, rows.save(begin.new(alice), to="bob@example.org", subject="Tea"))
    quota.allow(alice.pk, 1)
    with pytest.raises(QuotaExceeded):
        send.send(alice, draft, undo_seconds=600)
    assert rows.of(alice.pk, draft.id).state == Draft.State.OPEN
    assert not OutboundMessage.objects.exists() and held(alice, "Sent") == []
    assert [row.subject for row in held(alice, "Drafts")] == ["Tea"]


def test_undo_brings_everything_back(alice, bob):
    draft = rows.save(
        begin.new(alice), to="bob@example.org", bcc="carol@elsewhere.test", subject="Tea", text="4?"
    )
    rows.attach(draft, blobs.put(b"leaves"), name="leaves.txt", type="text/plain")
    sent = send.send(alice, rows.of(alice.pk, draft.id), undo_seconds=600)
    assert held(bob, "INBOX") == []
    back = send.undo(alice, sent)
    assert (back.state, back.to, back.bcc, back.text) == (
        Draft.State.OPEN, "bob@example.org", "carol@elsewhere.test", "4?"
    )  # fmt: skip
    assert [file.name for file in rows.files(back)] == ["leaves.txt"]
    assert held(alice, "Sent") == []
    assert [row.subject for row in held(alice, "Drafts")] == ["Tea"]
    send.send(alice, back, undo_seconds=0)
    assert len(held(bob, "INBOX")) == 1


def test_what_has_left_cannot_be_undone(alice, bob):
    sent = send.send(alice, rows.save(begin.new(alice), to="bob@example.org"), undo_seconds=0)
    with pytest.raises(AlreadySent):
        send.undo(alice, sent)


def test_bcc_is_in_the_draft_and_in_sent_and_nowhere_else(alice, bob, example_org):
    carol = accounts.create("carol@example.org", "looking glass")
    draft = rows.save(begin.new(alice), to="bob@example.org", bcc="Carol <carol@example.org>", subject="Tea")
    mirror.mirror(alice, draft)
    assert b"Bcc:" in octets(alice, held(alice, "Drafts")[0])
    send.send(alice, draft, undo_seconds=0)
    assert b"carol" in octets(alice, held(alice, "Sent")[0]).lower()
    for account in (bob, carol):
        [row] = held(account, "INBOX")
        stored = blobs.read(bytes(row.digest)).lower()
        assert b"bcc" not in stored and b"carol" not in stored


@pytest.mark.parametrize(
    ("to", "problem"),
    [
        ("", NobodyToSendTo),
        ("nobody@example.org", AddressesWrong),
        ("not an address", AddressesWrong),
        ("bob@example.org, two@@example.org", AddressesWrong),
    ],
)
def test_wrong_addresses_leave_a_draft(alice, bob, to, problem):
    draft = rows.save(begin.new(alice), to=to, text="precious")
    with pytest.raises(problem):
        send.send(alice, draft, undo_seconds=0)
    kept = rows.of(alice.pk, draft.id)
    assert (kept.state, kept.text) == (Draft.State.OPEN, "precious")
    assert held(bob, "INBOX") == []


def test_nobody_writes_in_another_name(alice, bob):
    """SECURITY A22."""
    draft = rows.save(begin.new(alice), to="bob@example.org", sender="bob@example.org")
    with pytest.raises(SenderNotYours):
        send.send(alice, draft, undo_seconds=0)


def test_an_alias_answers_for_itself(alice, bob):
    aliases.add("tea@example.org", ["alice@example.org"])
    row = received(alice, message(to="tea@example.org", sender="bob@example.org"))
    draft = begin.reply_to(alice, row, to_all=False, clean=str)
    assert draft.sender == "tea@example.org"
    send.send(alice, draft, undo_seconds=0)
    assert held(bob, "INBOX")[0].sender == "Alice Liddell <tea@example.org>"


def test_two_windows_on_one_draft(alice):
    draft = begin.new(alice)
    mine = rows.save(draft, based_on=draft.revision, subject="Mine")
    with pytest.raises(ChangedElsewhere):
        rows.save(draft, based_on=0, subject="Theirs")
    assert rows.save(draft, based_on=mine.revision, subject="Theirs").subject == "Theirs"


def test_the_same_text_again_is_no_change(alice):
    draft = rows.save(begin.new(alice), subject="Tea")
    assert rows.save(draft, based_on=0, subject="Tea").revision == draft.revision


def test_a_text_beyond_all_bounds(alice):
    with pytest.raises(MessageTooBig):
        rows.save(begin.new(alice), text="x" * 3_000_000)


@pytest.mark.parametrize("undo_seconds", [0, 600])
def test_a_big_attachment_arrives_whole(alice, bob, undo_seconds):
    """Beyond MAIL_INLINE_BLOB_BYTES octets go to storage, and no row names them before they are sent."""
    content = bytes(range(256)) * 1_000
    draft = rows.save(begin.new(alice), to="bob@example.org", subject="Big")
    rows.attach(draft, blobs.put(content), name="big.bin", type="application/octet-stream")
    send.send(alice, mirror.mirror(alice, draft), undo_seconds=undo_seconds)
    [copy] = held(alice, "Sent")
    assert base64.b64encode(content)[:76] in octets(alice, copy) and copy.size > len(content) * 4 // 3
    assert len(held(bob, "INBOX")) == (0 if undo_seconds else 1)


def test_files_beyond_the_limit_of_a_message(alice, bob, settings):
    settings.MAIL_MAX_MESSAGE_BYTES = 100_000
    draft = rows.save(begin.new(alice), to="bob@example.org", text="precious")
    rows.attach(draft, blobs.put(b"x" * 90_000), name="big", type="application/octet-stream")
    with pytest.raises(MessageTooBig):
        send.send(alice, draft, undo_seconds=0)
    assert rows.of(alice.pk, draft.id).state == Draft.State.OPEN


def test_somebody_elses_draft_is_not_there(alice, bob):
    draft = begin.new(alice)
    with pytest.raises(NotFound):
        rows.of(bob.pk, draft.id)


def test_discarding_leaves_nothing(alice):
    draft = mirror.mirror(alice, rows.save(begin.new(alice), subject="Tea"))
    rows.attach(draft, blobs.put(b"leaves"), name="leaves.txt", type="text/plain")
    rows.discard(rows.of(alice.pk, draft.id))
    assert held(alice, "Drafts") == []
    assert not Draft.objects.filter(account_id=alice.pk).exists()


def test_an_answer_joins_the_conversation_and_marks_the_original(alice, bob):
    row = received(
        alice, message("Tea", sender="Bob <bob@example.org>", to="alice@example.org", message_id="1@x")
    )
    draft = begin.reply_to(alice, row, to_all=False, clean=str)
    assert (draft.to, draft.subject) == ("Bob <bob@example.org>", "Re: Tea")
    send.send(alice, draft, undo_seconds=0)
    [copy] = held(alice, "Sent")
    assert copy.conversation_id == row.conversation_id
    assert copy.references == "1@x"
    assert b"> At four?" in octets(alice, copy)
    [entry] = Entry.objects.filter(account_id=alice.pk, message_id=row.id)
    assert entry.flags & ANSWERED


def test_forwarding_takes_the_attachments_along(alice, bob):
    raw = message(
        "Menu",
        body=(
            "--b\r\nContent-Type: text/plain\r\n\r\nSee menu.\r\n"
            '--b\r\nContent-Type: application/pdf; name="menu.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
            "Content-Disposition: attachment\r\n\r\nJVBERi0=\r\n--b--\r\n"
        ),
        content_type="multipart/mixed; boundary=b",
        mime_version="1.0",
    )
    draft = begin.forward(alice, received(alice, raw), clean=str)
    assert draft.subject == "Fwd: Menu"
    [file] = rows.files(draft)
    assert (file.name, file.type, blobs.read(bytes(file.digest))) == ("menu.pdf", "application/pdf", b"%PDF-")
    send.send(alice, rows.save(draft, to="bob@example.org"), undo_seconds=0)
    got = octets(bob, held(bob, "INBOX")[0])
    assert b"menu.pdf" in got and b"JVBERi0" in got and b"See menu." in got


def test_a_draft_of_another_client_goes_on_here(alice):
    deliver(
        alice,
        message("Half", sender="alice@example.org", to="bob@example.org", body="a th"),
        mailbox="Drafts",
    )
    [row] = held(alice, "Drafts")
    draft = begin.resume(alice, row, clean=str)
    assert (draft.subject, draft.to, draft.text) == ("Half", "bob@example.org", "a th")
    mirror.mirror(alice, rows.save(draft, text="a thought"))
    [now] = held(alice, "Drafts")
    assert b"a thought" in octets(alice, now)
    assert begin.resume(alice, now, clean=str).id == draft.id


def test_people_are_remembered(alice, bob):
    send.send(alice, rows.save(begin.new(alice), to="Bob B. <bob@example.org>"), undo_seconds=0)
    [contact] = Contact.objects.filter(account_id=alice.pk)
    assert (contact.address, contact.name, contact.uses) == ("bob@example.org", "Bob B.", 1)


def test_a_sender_that_died_in_the_middle(alice, bob):
    draft = rows.save(begin.new(alice), to="bob@example.org")
    Draft.objects.filter(account_id=alice.pk, id=draft.id).update(state=Draft.State.SENDING, updated=1)
    assert send.settle(alice, rows.of(alice.pk, draft.id)).state == Draft.State.OPEN
    send.send(alice, draft, undo_seconds=0)
    Draft.objects.filter(account_id=alice.pk, id=draft.id).update(state=Draft.State.SENDING, updated=1)
    assert send.settle(alice, rows.of(alice.pk, draft.id)).state == Draft.State.SENT


def test_old_leftovers_are_swept(alice, bob):
    sent = send.send(alice, rows.save(begin.new(alice), to="bob@example.org"), undo_seconds=0)
    blank, written = begin.new(alice), rows.save(begin.new(alice), subject="kept")
    Draft.objects.filter(account_id=alice.pk).update(updated=1)
    fresh = begin.new(alice)
    left = set(Draft.objects.filter(account_id=alice.pk).values_list("id", flat=True))
    assert left == {written.id, fresh.id} and not {sent.id, blank.id} & left
