"""What every page tells the browser. SECURITY D18."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from django.urls import get_resolver

ROOT = Path(__file__).parents[3]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/login/", "/search/?q=x", "/nowhere/", "/health/"])
def test_policy(page, path):
    answer = page.get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_strict_transport_when_there_is_tls(page, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert "Strict-Transport-Security" not in page.get("/login/")
    assert page.get("/login/", secure=True)["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.django_db
def test_a_foreign_host_is_refused(page):
    """SECURITY D22."""
    assert page.get("/login/", headers={"Host": "evil.test"}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/search/?q=a%00b", "/contacts/?letter=%00", "/?mailbox=%00", "/nowhere/?%00=%00"]
)
def test_what_no_database_can_hold_is_not_asked_for(page, path):
    assert page.get(path).status_code in (200, 404)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/contacts/new/", {"name": "a\0b", "emails": "a\0@x.test"}),
        ("/compose/", {"to": "a\0@x.test", "subject": "a\0", "body": "a\0", "do": "save"}),
        ("/search/save/", {"name": "a\0", "q": "b\0"}),
        ("/login/", {"username": "a\0", "password": "b\0"}),
    ],
)
def test_what_no_database_can_hold_is_refused_in_words(page, path, form):
    assert page.post(path, form).status_code < 500


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Europe/Berlin", "../../etc/passwd", "x" * 5_000, "", "\x00"])
def test_the_time_zone_cookie_may_be_anything(page, zone):
    # As it comes over the wire: newer Pythons' cookie jars do not let us write some of these.
    session = page.cookies["sessionid"].value
    assert page.get("/", HTTP_COOKIE=f"sessionid={session}; tz={zone}").status_code == 200


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_have_no_inline_script_style_or_handler(path: Path):
    import re

    text = path.read_text()
    if path.name not in (
        "body.html",
        "quote.html",
    ):  # letters' own documents: their policy allows style, no more
        assert not re.search(r"<style|\sstyle=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert "|safe" not in text or path.name == "quote.html"
    assert "autoescape off" not in text


def test_vendored_files_are_what_they_were():
    import re

    listed = (ROOT / "static/vendor/README.md").read_text()
    rows = re.findall(r"\| `([^`]+)` \|.*`([0-9a-f]{64})` \|", listed)
    assert rows
    for name, digest in rows:
        assert sha256((ROOT / "static/vendor" / name).read_bytes()).hexdigest() == digest, name


def test_colours_live_in_tokens():
    import re

    for path in (ROOT / "static/css").glob("*.css"):
        if path.name in ("tokens.css", "print.css", "quote.css", "login.css"):
            continue
        text = re.sub(r"light-dark\([^;]*;", "", path.read_text())
        strays = re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\s*\{)", text)
        assert strays in ([], ["#fff"]), path.name  # the paper that coloured letters lie on


def test_there_is_no_page_that_nobody_meant():
    names = {pattern.name for pattern in get_resolver().url_patterns if getattr(pattern, "name", None)}
    assert {"home", "actions", "undo", "search", "events", "appearance", "trust", "health"} <= names
