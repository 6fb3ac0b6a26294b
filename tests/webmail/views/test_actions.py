"""What buttons do, and undo."""

from __future__ import annotations

import re

import pytest

from mailcore.models import Entry
from mailcore.models.entry import FLAGGED, SEEN
from mailcore.models.mailbox import ARCHIVE, JUNK, TRASH
from mailcore.store import mailboxes

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Fragment": "1"}


@pytest.fixture
def letter(deliver, alice):
    """A conversation of two letters in the inbox and an answer in Sent."""
    deliver(headers="Message-ID: <1@t>\r\n", flags=SEEN)
    deliver(headers="Message-ID: <2@t>\r\nReferences: <1@t>\r\n", mailbox="\\Sent", flags=SEEN)
    last = deliver(headers="Message-ID: <3@t>\r\nReferences: <1@t>\r\n")
    return Entry.objects.get(account_id=alice.pk, id=last.entry_id)


def where(alice) -> dict[str, int]:
    return {box.name: box.total for box in mailboxes.listing(alice.pk) if box.total}


def token(html: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', html)[1]


@pytest.mark.parametrize(
    ("action", "use", "said"),
    [("archive", ARCHIVE, "Archived"), ("delete", TRASH, "Moved to Trash"), ("spam", JUNK, "Moved to Spam")],
)
def test_leaving_and_coming_back(page, letter, alice, inbox, action, use, said):
    form = {"action": action, "conversation": letter.conversation_id, "mailbox": inbox.pk}
    html = page.post("/actions/", form, headers=FRAGMENT).content.decode()
    assert said in html
    target = mailboxes.special(alice.pk, use)
    assert where(alice) == {target.name: 2, "Sent": 1}
    answer = page.post("/undo/", {"token": token(html)}, headers=FRAGMENT)
    assert "Undone" in answer.content.decode()
    assert where(alice) == {"INBOX": 2, "Sent": 1}


def test_without_scripts_the_answer_is_a_page_that_says_so(page, letter, inbox):
    form = {
        "action": "archive",
        "conversation": letter.conversation_id,
        "mailbox": inbox.pk,
        "next": f"/mail/{inbox.pk}/",
    }
    answer = page.post("/actions/", form)
    assert (answer.status_code, answer["Location"]) == (303, f"/mail/{inbox.pk}/")
    html = page.get(answer["Location"]).content.decode()
    assert "Archived" in html
    assert 'action="/undo/"' in html
    assert "Archived" not in page.get("/").content.decode()  # told once


def test_move_to_a_folder(page, letter, alice, inbox):
    target = mailboxes.create(alice.pk, "Garden")
    page.post("/actions/", {"move": target.pk, "conversation": letter.conversation_id, "mailbox": inbox.pk})
    assert where(alice) == {"Garden": 2, "Sent": 1}


def test_not_spam(page, deliver, alice):
    one = deliver(mailbox="\\Junk")
    entry = Entry.objects.get(account_id=alice.pk, id=one.entry_id)
    junk = mailboxes.special(alice.pk, JUNK)
    page.post("/actions/", {"action": "not-spam", "conversation": entry.conversation_id, "mailbox": junk.pk})
    assert where(alice) == {"INBOX": 1}


def test_deleting_for_ever_is_for_trash_and_spam_only(page, letter, alice, inbox):
    form = {"action": "delete-for-ever", "conversation": letter.conversation_id, "mailbox": inbox.pk}
    page.post("/actions/", form)
    assert where(alice) == {"INBOX": 2, "Sent": 1}
    page.post("/actions/", form | {"action": "delete"})
    html = page.post(
        "/actions/", form | {"mailbox": mailboxes.special(alice.pk, TRASH).pk}, headers=FRAGMENT
    ).content.decode()
    assert "Deleted for ever" in html
    assert 'name="token"' not in html
    assert where(alice) == {"Sent": 1}


def test_chosen_among_search_results_sent_letters_stay(page, letter, alice):
    page.post("/actions/", {"action": "archive", "conversation": letter.conversation_id})
    assert where(alice) == {"Archive": 2, "Sent": 1}


def test_read_unread_star(page, letter, alice, inbox):
    form = {"conversation": letter.conversation_id, "mailbox": inbox.pk}

    def flags() -> list[int]:
        rows = Entry.objects.filter(account_id=alice.pk, expunged=False).order_by("received")
        return list(rows.values_list("flags", flat=True))

    assert page.post("/actions/", form | {"action": "read"}, headers=FRAGMENT).status_code == 204
    assert flags() == [SEEN, SEEN, SEEN]
    page.post("/actions/", form | {"action": "unread"})
    assert flags() == [SEEN, SEEN, 0]
    page.post("/actions/", {"star": letter.conversation_id, "mailbox": inbox.pk})
    assert flags() == [SEEN, SEEN, FLAGGED]
    page.post("/actions/", {"unstar": letter.conversation_id, "conversation": "999", "mailbox": inbox.pk})
    assert flags() == [SEEN, SEEN, 0]


def test_one_message_of_a_conversation(page, letter, alice):
    page.post("/actions/", {"action": "delete", "message": letter.message_id})
    assert where(alice) == {"INBOX": 1, "Sent": 1, "Trash": 1}


def test_unread_from_here(page, deliver, alice):
    entries = [deliver(headers=f"Message-ID: <{n}@t>\r\nReferences: <0@t>\r\n", flags=SEEN) for n in range(3)]
    page.post("/actions/", {"action": "unread", "message": entries[1].message_id})
    rows = Entry.objects.filter(account_id=alice.pk).order_by("uid")
    assert [row.flags & SEEN for row in rows] == [SEEN, 0, 0]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "archive"}, 400),
        ({"action": "explode", "conversation": "1"}, 400),
        ({"action": "archive", "conversation": ["x", "-1", "1e9", "9" * 40]}, 400),
        ({"move": "x", "conversation": "1"}, 404),
        ({"move": "99", "conversation": "1"}, 404),
        ({"action": "archive", "conversation": "1", "mailbox": "99"}, 404),
    ],
)
def test_nonsense(page, form, status):
    assert page.post("/actions/", form, headers=FRAGMENT).status_code == status


def test_nobody_acts_on_anothers_mail(page, deliver, bob):
    """SECURITY D19, D21."""
    one = deliver(account=bob)
    entry = Entry.objects.get(account_id=bob.pk, id=one.entry_id)
    inbox = mailboxes.named(bob.pk, "INBOX")
    for form in (
        {"action": "delete", "conversation": entry.conversation_id},
        {"action": "delete", "message": entry.message_id},
        {"action": "delete", "conversation": entry.conversation_id, "mailbox": inbox.pk},
        {"move": inbox.pk, "conversation": entry.conversation_id},
        {"star": entry.conversation_id},
        {"action": "read", "conversation": entry.conversation_id, "account_id": bob.pk},
    ):
        page.post("/actions/", form)
    entry.refresh_from_db()
    assert (entry.flags, entry.expunged) == (0, False)


def test_an_undo_note_is_its_owners_alone(page, client, letter, alice, bob, inbox):
    form = {"action": "archive", "conversation": letter.conversation_id, "mailbox": inbox.pk}
    note = token(page.post("/actions/", form, headers=FRAGMENT).content.decode())
    client.force_login(bob, backend="mailcore.identity.backend.AddressBackend")
    for stolen in (note, note[:-1], "x", ""):
        assert client.post("/undo/", {"token": stolen}, headers=FRAGMENT).status_code == 400
    assert where(alice) == {"Archive": 2, "Sent": 1}


@pytest.mark.parametrize("path", ["/actions/", "/undo/", "/appearance/", "/trust/"])
def test_forms_need_their_token(alice, path):
    """SECURITY D17."""
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="mailcore.identity.backend.AddressBackend")
    assert strict.post(path, {"theme": "dark"}).status_code == 403
    assert strict.get(path).status_code == 405


@pytest.mark.parametrize(
    "onward", ["//e.test/", "https://e.test/", "/\\e.test", "javascript:alert(1)", "", "\t//e.test"]
)
def test_next_stays_here(page, onward):
    """SECURITY D23."""
    assert page.post("/appearance/", {"theme": "dark", "next": onward})["Location"] == "/"


def test_appearance_is_remembered(page, alice):
    answer = page.post("/appearance/", {"theme": "dark", "pane": "none", "is_staff": "1"}, headers=FRAGMENT)
    assert answer.status_code == 204
    html = page.get("/").content.decode()
    assert 'data-theme="dark" data-pane="none"' in html
    page.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in page.get("/").content.decode()


JUDGED = [("spam", "$Junk"), ("phishing", "$Junk $Phishing"), ("not-spam", "$NotJunk")]


@pytest.mark.parametrize(("action", "keywords"), JUDGED)
def test_what_is_spam_is_told_to_every_program(page, deliver, alice, action, keywords):
    """The keywords are IANA's; undo takes them back."""
    box = mailboxes.special(alice.pk, JUNK) if action == "not-spam" else mailboxes.named(alice.pk, "INBOX")
    letter = deliver(mailbox=JUNK if action == "not-spam" else "INBOX")

    def held():
        return Entry.objects.get(account_id=alice.pk, message_id=letter.message_id, expunged=False)

    form = {"action": action, "message": letter.message_id, "mailbox": box.pk}
    html = page.post("/actions/", form, headers=FRAGMENT).content.decode()
    assert held().keywords == keywords
    assert held().mailbox_id != box.pk
    page.post("/undo/", {"token": token(html)}, headers=FRAGMENT)
    assert (held().keywords, held().mailbox_id) == ("", box.pk)
