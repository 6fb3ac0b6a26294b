"""What is done to all that match: by the list's own words, in batches, with one undo."""

from __future__ import annotations

import re

import pytest

from mailcore.models import Entry
from mailcore.models.entry import SEEN
from mailcore.store import flags, labels, mailboxes
from tests.builders import mailbox_of
from webmail.views import actions

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Fragment": "1"}


def where(alice) -> dict[str, int]:
    return {box.name: box.total for box in mailboxes.listing(alice.pk) if box.total}


def token(html: str) -> str:
    return re.search(r'name="token" value="([^"]+)"', html)[1]


def send(page, form: dict, **more) -> str:
    return page.post("/actions/", form | {"all": "1"} | more, headers=FRAGMENT).content.decode()


@pytest.fixture
def inbox(alice):
    return mailbox_of(alice, 130)


def test_the_page_offers_it_only_where_there_is_more(page, deliver, alice):
    deliver()
    assert "data-every" not in page.get("/").content.decode()
    mailbox_of(alice, 60)
    assert "All 61 messages in Inbox" in page.get("/").content.decode()


def test_a_whole_folder_goes_and_comes_back(page, alice, inbox, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 50)
    told = send(page, {"mailbox": inbox.pk, "action": "archive"})
    assert "130 archived" in told and where(alice) == {"Archive": 130}
    page.post("/undo/", {"token": token(told)}, headers=FRAGMENT)
    assert where(alice) == {"INBOX": 130}


def test_it_goes_on_where_it_stopped(page, alice, inbox, monkeypatch):
    """A second and a half, then the answer says how far it has come; a script sends it on."""
    monkeypatch.setattr(actions, "BATCH", 40)
    monkeypatch.setattr(actions, "BATCH_SECONDS", -1)
    form = {"mailbox": inbox.pk, "action": "archive"}
    seen = []
    html = send(page, form)
    while "data-goes-on" in html:
        seen.append(re.search(r"(\d+) so far, of (\d+)", html).groups())
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
        html = send(page, fields)
    assert [count for count, _ in seen] == ["40", "80", "120"]
    assert "130 archived" in html and where(alice) == {"Archive": 130}
    page.post("/undo/", {"token": token(html)}, headers=FRAGMENT)
    assert where(alice) == {"INBOX": 130}


def test_stopped_it_says_what_was_done_and_undoes_that(page, alice, inbox, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 40)
    monkeypatch.setattr(actions, "BATCH_SECONDS", -1)
    html = send(page, {"mailbox": inbox.pk, "action": "delete"})
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
    html = send(page, fields, stop="1")
    assert "40 moved to Trash" in html and where(alice) == {"INBOX": 90, "Trash": 40}
    page.post("/undo/", {"token": token(html)}, headers=FRAGMENT)
    assert where(alice) == {"INBOX": 130}


def test_without_scripts_it_is_a_page_with_buttons(page, inbox, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 40)
    monkeypatch.setattr(actions, "BATCH_SECONDS", -1)
    html = page.post("/actions/", {"mailbox": inbox.pk, "action": "read", "all": "1"}).content.decode()
    assert "40 so far, of 130" in html and "Go on" in html and "Stop" in html and "<html" in html


def test_only_unread_ones(page, alice, inbox):
    flags.add(inbox, list(range(1, 31)), SEEN)
    told = send(page, {"mailbox": inbox.pk, "unread": "1", "action": "archive"})
    assert "100 archived" in told and where(alice) == {"INBOX": 30, "Archive": 100}


def test_what_a_search_finds(page, alice, inbox):
    told = send(page, {"q": "subject:12", "action": "star"})
    assert "Star added to" in told
    starred = Entry.objects.filter(account_id=alice.pk, flags=4).count()
    assert 0 < starred < 20


def test_what_carries_a_label(page, alice, inbox):
    label = labels.create(alice.pk, "Work")
    flags.add(inbox, list(range(10, 80)), 0, frozenset([label.keyword]))
    told = send(page, {"in_label": label.id, "action": "label-remove", "label": label.id})
    assert "removed from 70" in told
    assert not Entry.objects.filter(account_id=alice.pk, keywords="work").exists()
    page.post("/undo/", {"token": token(told)}, headers=FRAGMENT)
    assert Entry.objects.filter(account_id=alice.pk, keywords="work").count() == 70


def test_deleting_for_ever_asks_first(page, alice):
    mailbox_of(alice, 60, "Trash")
    trash = mailboxes.named(alice.pk, "Trash")
    form = {"mailbox": trash.pk, "action": "delete-for-ever"}
    html = send(page, form)
    assert "Delete all 60 for ever?" in html and where(alice) == {"Trash": 60}
    html = send(page, form, confirmed="1")
    assert "60 deleted for ever" in html and where(alice) == {}


def test_lists_of_others_are_not_there(page, alice, bob, inbox):
    theirs, label = mailbox_of(bob, 2), labels.create(bob.pk, "Secret")
    for form in ({"mailbox": theirs.pk}, {"in_label": label.id}, {}):
        answer = page.post("/actions/", form | {"action": "archive", "all": "1"}, headers=FRAGMENT)
        assert answer.status_code == 404
    assert where(bob) == {"INBOX": 2}


def test_a_note_of_another_account_is_worth_nothing(page, bob, inbox):
    from django.core import signing

    note = signing.dumps([bob.pk, "", 5, []], salt="webmail.so-far", compress=True)
    for text in (note, "forged"):
        answer = page.post(
            "/actions/", {"mailbox": inbox.pk, "action": "read", "all": "1", "so_far": text}, headers=FRAGMENT
        )
        assert answer.status_code == 403
