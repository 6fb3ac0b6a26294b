"""The page "Notifications", and the addresses that browsers use."""

from __future__ import annotations

import pytest
from django.test import Client

from mailcore.identity import preferences
from mailcore.models import PushSubscription
from mailcore.push import keys, subscriptions
from tests.push.stand_in import Browser

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def phone(page) -> Browser:
    browser = Browser("phone")
    answer = page.post(
        "/notifications/subscribe/", browser.keys, headers={"X-Fragment": "1", "User-Agent": FIREFOX}
    )
    assert b"Firefox on Linux" in answer.content
    return browser


def row(account) -> PushSubscription:
    return PushSubscription.objects.get(account_id=account.pk)


def test_the_page_has_our_key_and_every_browser(page, phone):
    text = page.get("/notifications/").content.decode()
    assert f'data-key="{keys.public()}"' in text
    assert "Firefox on Linux" in text
    assert "Send a test" in text and "Remove" in text


def test_it_is_in_the_index_of_the_settings(page):
    assert b'href="/notifications/"' in page.get("/preferences/").content


def test_preferences_without_scripts(page, alice):
    sent = {"notify": "people", "quiet_from": "22", "quiet_until": "7"}
    assert page.post("/notifications/", sent).status_code == 303
    chosen = preferences.of(type(alice).objects.get(pk=alice.pk))
    assert (chosen.notify, chosen.notify_content, chosen.quiet_from) == ("people", False, 22)
    assert page.post("/notifications/", {"notify": "some"}).status_code == 422


def test_each_at_once_with_scripts(page, alice):
    answer = page.post(
        "/preferences/set/", {"name": "quiet_from", "value": "-1"}, headers={"X-Fragment": "1"}
    )
    assert answer.status_code == 204


def test_a_subscription_is_of_this_session(page, alice, phone):
    assert row(alice).session_key == page.session.session_key


def test_nonsense_is_refused(page):
    answer = page.post(
        "/notifications/subscribe/", {"endpoint": "http://localhost/"}, headers={"X-Fragment": "1"}
    )
    assert answer.status_code == 400
    assert b"push service" in answer.content


def test_removed_from_the_list(page, alice, phone):
    answer = page.post("/notifications/forget/", {"subscription": row(alice).id}, headers={"X-Fragment": "1"})
    assert b"None yet." in answer.content
    assert page.post("/notifications/renew/", {"endpoint": phone.endpoint}).status_code == 410


def test_removed_by_the_browser_itself(page, alice, phone):
    assert page.post("/notifications/forget/", {"endpoint": phone.endpoint}).status_code == 303
    assert subscriptions.listing(alice.pk) == []
    assert page.post("/notifications/forget/", {"endpoint": phone.endpoint}).status_code == 303


def test_a_browser_that_comes_again(page, alice, phone):
    page.cookies["tz"] = "Asia/Tokyo"
    assert page.post("/notifications/renew/", {"endpoint": phone.endpoint}).status_code == 204
    assert row(alice).time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("address", ["forget", "test"])
@pytest.mark.parametrize("number", ["theirs", "", "x", "1" * 40])
def test_browsers_of_others_are_not_there(page, bob, address, number):
    other = Client()
    other.force_login(bob, backend="mailcore.identity.backend.AddressBackend")
    other.post("/notifications/subscribe/", Browser("bobs").keys)
    wanted = str(row(bob).id) if number == "theirs" else number
    assert page.post(f"/notifications/{address}/", {"subscription": wanted}).status_code == 404
    assert len(subscriptions.listing(bob.pk)) == 1


def test_signing_out_ends_it(page, alice, phone):
    page.post("/logout/")
    assert subscriptions.listing(alice.pk) == []


def test_a_new_password_keeps_it_here(page, alice, phone):
    page.post(
        "/preferences/password/", {"old": "wonderland", "new": "jam tomorrow!", "again": "jam tomorrow!"}
    )
    assert row(alice).session_key == page.session.session_key


def test_buttons_need_a_session_and_a_token_but_no_page(alice, page):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/notifications/act/", {"token": "x", "do": "read"}).status_code == 403
    strict.force_login(alice, backend="mailcore.identity.backend.AddressBackend")
    assert strict.post("/notifications/act/", {"token": "x", "do": "read"}).status_code == 403


def test_a_push_service_in_our_network_is_told_as_a_failure(page, alice):
    page.post("/notifications/subscribe/", Browser("x").keys | {"endpoint": "https://127.0.0.1/x"})
    answer = page.post("/notifications/test/", {"subscription": row(alice).id}, headers={"X-Fragment": "1"})
    assert answer.status_code == 502


def test_the_worker_takes_it_in(client):
    assert b"push_worker.js" in client.get("/worker.js").content
