"""Folders."""

from __future__ import annotations

import pytest

from mailcore.store import mailboxes

# --- folders ----------------------------------------------------------------------------------------------


def names(account) -> set[str]:
    return {row.name for row in mailboxes.listing(account.pk)}


def test_make_rename_and_remove(page, alice, deliver):
    assert page.post("/folders/create/", {"name": "Travel / Trains"}).status_code == 303
    assert {"Travel", "Travel/Trains"} <= names(alice)
    trains = mailboxes.named(alice.pk, "Travel/Trains")
    deliver(mailbox="Travel/Trains")
    page.post(f"/folders/{trains.id}/rename/", {"name": "Trains"})
    assert "Trains" in names(alice)
    page.post(f"/folders/{trains.id}/delete/")
    assert "Trains" not in names(alice)
    assert mailboxes.named(alice.pk, "Trash").total == 1


@pytest.mark.parametrize("name", ["", "/", "a//b", "INBOX", "a%b", "x\0y", "a" * 300])
def test_names_that_cannot_be(page, alice, name):
    before = names(alice)
    assert page.post("/folders/create/", {"name": name}).status_code in (303, 422)
    assert names(alice) == before


def test_fixed_folders_stay(page, alice):
    for name in ("INBOX", "Sent", "Trash"):
        row = mailboxes.named(alice.pk, name)
        assert page.post(f"/folders/{row.id}/delete/").status_code == 403
        assert page.post(f"/folders/{row.id}/rename/", {"name": "x"}).status_code == 403


def test_only_trash_and_spam_can_be_emptied(page, alice, deliver):
    deliver(mailbox="Trash")
    deliver()
    page.post(f"/folders/{mailboxes.named(alice.pk, 'Trash').id}/empty/")
    assert mailboxes.named(alice.pk, "Trash").total == 0
    inbox = mailboxes.named(alice.pk, "INBOX")
    assert page.post(f"/folders/{inbox.id}/empty/").status_code == 403
    assert mailboxes.named(alice.pk, "INBOX").total == 1


def test_another_accounts_folder_is_not_there(page, alice, bob):
    """SECURITY D19."""
    row = mailboxes.create(bob.pk, "Private")
    for verb in ("rename", "delete", "empty"):
        assert page.post(f"/folders/{row.id}/{verb}/", {"name": "x"}).status_code == 404
    assert "Private" in names(bob)


def test_lost_pages_look_like_ours(page):
    answer = page.get("/no/such/page/")
    assert answer.status_code == 404 and b"lost__title" in answer.content
