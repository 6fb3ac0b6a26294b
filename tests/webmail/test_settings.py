"""Settings: every page of them, saved at once or by a form; the password; where one is signed in; programs; room."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from mailcore.identity import accounts, credentials, preferences, sign_ins
from mailcore.models import Account, AppPassword, SignIn
from mailcore.store import mailboxes, quota
from tests.webmail.conftest import BACKEND
from webmail import preferences_index
from webmail.forms import preferences as forms
from webmail.rendering import browsers

PAGES = [
    "preferences", "preferences-index", "preferences-appearance", "preferences-privacy", "password",
    "preferences-programs", "preferences-storage",
]  # fmt: skip


def fresh(account) -> Account:
    return Account.objects.get(pk=account.pk)


def elsewhere(account) -> Client:
    client = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0"})
    client.force_login(account, backend=BACKEND)
    client.get("/preferences/")
    return client


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_the_index_and_is_for_those_who_signed_in(page, name):
    answer = page.get(reverse(name))
    assert answer.status_code == 200
    assert b"settings__index" in answer.content
    assert Client().get(reverse(name))["Location"].startswith("/login/")


def test_the_index_leads_to_pages_that_are_there(page):
    urls = [entry.url for _heading, entries in preferences_index.parts() for entry in entries]
    assert len(urls) == len(set(urls)) >= 7
    for url in urls:
        assert page.get(url).status_code == 200, url


def test_every_preference_of_a_page_has_words(page):
    for name in forms.PAGES:
        for _heading, lines in forms.lines(name, preferences.Preferences()):
            for line in lines:
                assert str(line.label) and all(str(choice.label) for choice in line.choices)


def test_one_thing_is_saved_at_once(page, alice):
    answer = page.post("/preferences/set/", {"name": "theme", "value": "dark"}, headers={"X-Fragment": "1"})
    assert answer.status_code == 204 and answer.cookies["theme"].value == "dark"
    assert preferences.of(fresh(alice)).theme == "dark"
    assert b'data-theme="dark"' in page.get("/preferences/").content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"), ("is_staff", "yes"), ("trusted_senders", "x"), ("", ""), ("endless", "on"),
        ("undo_seconds", "999"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(page, alice, name, value):
    """SECURITY D21."""
    before = (alice.preferences, alice.is_staff, alice.quota_bytes)
    assert (
        page.post(
            "/preferences/set/", {"name": name, "value": value}, headers={"X-Fragment": "1"}
        ).status_code
        == 422
    )
    now = fresh(alice)
    assert (now.preferences, now.is_staff, now.quota_bytes) == before


def test_without_scripts_a_form_saves_the_page(page, alice):
    sent = {
        "theme": "dark",
        "accent": "rose",
        "density": "compact",
        "font_size": "large",
        "pane": "none",
        "is_staff": "on",
    }
    answer = page.post("/preferences/appearance/", sent)
    assert answer.status_code == 303 and answer.cookies["accent"].value == "rose"
    chosen = preferences.of(fresh(alice))
    assert (chosen.theme, chosen.accent, chosen.density, chosen.font_size) == (
        "dark",
        "rose",
        "compact",
        "large",
    )
    assert (
        not chosen.endless and answer.cookies["endless"].value == "off"
    )  # a box that is not ticked is not sent
    assert not fresh(alice).is_staff
    assert page.post("/preferences/appearance/", sent | {"accent": "pink"}).status_code == 422


def test_a_name_is_one_line_and_no_address(page, alice):
    assert page.post("/preferences/name/", {"name": " Alice \n L. "}).status_code == 303
    assert fresh(alice).name == "Alice L."
    assert page.post("/preferences/name/", {"name": "Bob <bob@example.org>"}).status_code == 422
    assert fresh(alice).name == "Alice L."


def test_dates_are_written_as_one_likes(page, alice, deliver):
    entry = deliver(subject="Hello")
    preferences.change(alice, date_format="ymd", time_format="12", time_zone="Asia/Tokyo")
    text = page.get(f"/c/{entry.conversation_id}/").content.decode()
    assert "Mon 2026-03-02, 9:01 PM" in text


# --- the password -----------------------------------------------------------------------------------------


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


def test_one_sees_where_one_is_signed_in_and_can_end_it(page, alice, bob):
    page.get("/preferences/")
    other, stranger = elsewhere(alice), elsewhere(bob)
    text = page.get("/preferences/password/").content.decode()
    assert "Firefox on Linux" in text and "this browser" in text
    (row,) = [row for row in sign_ins.listing(alice) if "Firefox" in row.browser]
    (his,) = sign_ins.listing(bob)
    assert page.post(f"/preferences/password/end/{his.pk}/").status_code == 404
    assert page.post(f"/preferences/password/end/{row.pk}/").status_code == 303
    assert other.get("/preferences/")["Location"].startswith("/login/")
    assert page.get("/preferences/").status_code == stranger.get("/preferences/").status_code == 200


def test_signing_out_everywhere_else(page, alice):
    page.get("/preferences/")
    others = [elsewhere(alice), elsewhere(alice)]
    assert page.post("/preferences/password/end/").status_code == 303
    assert all(other.get("/preferences/").status_code == 302 for other in others)
    assert page.get("/preferences/").status_code == 200 and SignIn.objects.filter(account=alice).count() == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.0", "A program"),
        ("", "A program"),
    ],
)
def test_browsers_have_names(agent, name):
    assert browsers.named(agent) == name


# --- programs and room --------------------------------------------------------------------------------------


def test_a_password_for_a_program_is_shown_once_and_can_be_revoked(page, alice):
    text = page.post("/preferences/programs/create/", {"label": " Phone "}).content.decode()
    secret = re.search(r'class="secret"[^>]*>([a-z2-9-]+)<', text)[1]
    assert credentials.check("alice@example.org", secret, protocol="imap", peer="192.0.2.1").pk == alice.pk
    assert secret not in page.get("/preferences/programs/").content.decode()
    row = AppPassword.objects.get(account=alice)
    assert page.post(f"/preferences/programs/{row.pk}/revoke/").status_code == 303
    with pytest.raises(credentials.BadCredentials):
        credentials.check("alice@example.org", secret, protocol="imap", peer="192.0.2.1")
    assert page.post("/preferences/programs/create/", {"label": " "}).status_code == 422


def test_nobody_revokes_anothers(page, bob):
    accounts.add_app_password(bob, "Phone")
    row = AppPassword.objects.get(account=bob)
    assert page.post(f"/preferences/programs/{row.pk}/revoke/").status_code == 404
    assert AppPassword.objects.filter(account=bob).exists()


def test_storage_says_what_takes_room(page, alice, deliver):
    deliver("x" * 300_000, subject="Big one")
    deliver("y", subject="Small one")
    quota.allow(alice.pk, 320_000)
    text = page.get("/preferences/storage/").content.decode()
    assert "Big one" in text and "Small one" not in text and "Nearly full" in text
    assert "larger%3A10M" in text
