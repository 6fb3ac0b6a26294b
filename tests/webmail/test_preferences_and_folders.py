"""Settings, the password, and folders."""

from __future__ import annotations

import pytest
from django.test import Client

from mailcore.identity import credentials, preferences
from mailcore.models import Account
from mailcore.store import mailboxes
from tests.webmail.conftest import BACKEND

CHOSEN = {"name": "Alice L.", "signature": "A.", "theme": "dark", "density": "compact"}


def fresh(account) -> Account:
    return Account.objects.get(pk=account.pk)


def test_settings_are_kept(page, alice):
    answer = page.post("/preferences/", CHOSEN | {"remote_images": "on"})
    assert answer.status_code == 303 and answer.cookies["theme"].value == "dark"
    now = fresh(alice)
    assert (now.name, now.signature) == ("Alice L.", "A.")
    assert preferences.of(now).remote_images and not preferences.of(now).rich_text
    assert b"Alice L." in page.get("/preferences/").content


@pytest.mark.parametrize("wrong", [{"theme": "pink"}, {"name": "Bob <bob@example.org>"}, {"density": ""}])
def test_what_cannot_be_is_said(page, alice, wrong):
    assert page.post("/preferences/", CHOSEN | wrong).status_code == 422
    assert fresh(alice).name == "Alice Liddell"


def test_nobody_makes_himself_an_administrator(page, alice):
    """SECURITY D21."""
    page.post(
        "/preferences/",
        CHOSEN | {"is_staff": "on", "is_superuser": "on", "quota_bytes": 1 << 50, "address": "x"},
    )
    now = fresh(alice)
    assert (now.is_staff, now.is_superuser, now.quota_bytes) == (False, False, alice.quota_bytes)


def test_a_new_password_needs_the_old_one(page, alice):
    """SECURITY D24."""
    new = "through the looking glass"
    refused = page.post("/preferences/password/", {"old": "wrong", "new": new, "again": new})
    assert refused.status_code == 422
    assert (
        page.post("/preferences/password/", {"old": "wonderland", "new": new, "again": "x"}).status_code
        == 422
    )
    assert (
        page.post(
            "/preferences/password/", {"old": "wonderland", "new": "short", "again": "short"}
        ).status_code
        == 422
    )
    assert mailboxes.named(alice.pk, "INBOX").total == 0
    elsewhere = Client()
    elsewhere.force_login(alice, backend=BACKEND)
    assert (
        page.post("/preferences/password/", {"old": "wonderland", "new": new, "again": new}).status_code
        == 303
    )
    assert credentials.check("alice@example.org", new, protocol="imap", peer="192.0.2.1").pk == alice.pk
    assert mailboxes.named(alice.pk, "INBOX").total == 1  # and is told of it
    with pytest.raises(credentials.BadCredentials):
        credentials.check("alice@example.org", "wonderland", protocol="web", peer="192.0.2.1")
    assert page.get("/preferences/").status_code == 200
    assert elsewhere.get("/preferences/")["Location"].startswith("/login/")


def test_a_sender_can_be_trusted_and_not_any_more(page, alice):
    preferences.trust_images(alice, "News@X.org")
    assert preferences.trusts_images(fresh(alice), "news@x.org")
    page.post("/preferences/distrust/", {"address": "news@x.org"})
    assert not preferences.trusts_images(fresh(alice), "news@x.org")


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
