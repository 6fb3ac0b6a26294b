"""The door: who gets in, what everyone else is told, and where one goes then."""

from __future__ import annotations

import pytest
from django.test import Client

PASSWORD = "wonderland"


def sign_in(client: Client, address="alice@example.org", password=PASSWORD, **extra):
    return client.post("/login/", {"address": address, "password": password, **extra})


@pytest.fixture
def stranger() -> Client:
    return Client()


def test_the_page_is_there_for_everybody(stranger, db):
    page = stranger.get("/login/")
    assert page.status_code == 200
    assert b'autocomplete="current-password"' in page.content


def test_the_right_password_opens(stranger, alice):
    answer = sign_in(stranger)
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert stranger.get("/").status_code in (200, 302, 303)
    cookie = stranger.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_the_address_may_be_typed_in_capitals(stranger, alice):
    assert sign_in(stranger, address=" Alice@EXAMPLE.org ").status_code == 303


def test_wrong_password_and_unknown_address_read_the_same(stranger, alice):
    """SECURITY E03."""
    wrong = sign_in(stranger, password="looking glass")
    unknown = sign_in(stranger, address="nobody@example.org")
    assert wrong.status_code == unknown.status_code == 403
    assert _problem(wrong) == _problem(unknown) != b""


def _problem(answer) -> bytes:
    return answer.content.partition(b'id="problem">')[2].partition(b"<")[0]


def test_a_closed_account_stays_out(stranger, alice):
    from mailcore.identity import accounts

    accounts.close(alice)
    assert sign_in(stranger).status_code == 403


@pytest.mark.parametrize("password", ["", "\0", "x" * 5000, "wonderland\0", " wonderland"])
def test_odd_passwords_are_only_wrong(stranger, alice, password):
    assert sign_in(stranger, password=password).status_code == 403


def test_guessing_is_slowed_down(stranger, alice):
    answers = [sign_in(stranger, password=f"guess {n}") for n in range(40)]
    assert b"Too many tries" in answers[-1].content
    assert b"Too many tries" in sign_in(stranger).content  # the right one is not even looked at


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/search/?q=tea", "/search/?q=tea"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test/", "/"),
        ("///evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("http:evil.test", "/"),
        ("/login/", "/"),
        ("\t//evil.test", "/"),
    ],
)
def test_only_our_own_pages_come_next(stranger, alice, wanted, goes):
    """SECURITY D23."""
    assert sign_in(stranger, next=wanted)["Location"] == goes


def test_the_session_is_a_new_one(stranger, alice):
    """SECURITY D16: a session somebody else prepared is worth nothing."""
    stranger.get("/login/")
    session = stranger.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(stranger)
    assert stranger.cookies["sessionid"].value != before


def test_signing_out_ends_the_session_and_needs_a_post(stranger, alice):
    sign_in(stranger)
    old = stranger.cookies["sessionid"].value
    assert stranger.get("/logout/").status_code == 405
    assert stranger.post("/logout/").status_code == 303
    again = Client()
    again.cookies["sessionid"] = old
    assert again.get("/preferences/")["Location"].startswith("/login/")


def test_a_form_of_somebody_elses_is_refused(alice):
    """SECURITY D17."""
    strict = Client(enforce_csrf_checks=True)
    answer = sign_in(strict)
    assert answer.status_code == 403
    assert b"sessionid" not in str(answer.cookies).encode()


def test_another_host_is_refused(stranger, db):
    """SECURITY D22."""
    assert stranger.get("/login/", headers={"host": "evil.test"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/", "/compose/", "/preferences/", "/folders/", "/search/?q=x", "/images/?at=x"]
)
def test_everything_else_asks_who_is_there(stranger, db, path):
    assert stranger.get(path)["Location"].startswith("/login/")
