"""A letter in its page: warnings above it, pictures asked for, the paper it stands on."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import override_settings

from mailcore.identity import preferences
from webmail.rendering.kept import Kept
from webmail.rendering.sanitize import Clean

HTML = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
FORGED = f"Authentication-Results: {settings.MAIL_HOSTNAME}; dmarc=fail header.from=far.test\r\n"
PICTURE = '<p style="color:#c00">Look</p><img src="https://pictures.test/a.png" width="200" height="100">'
PIXEL = '<img src="https://count.test/x" width="1" height="1">'


def kinds(html: str) -> list[str]:
    return re.findall(r'data-warning="([a-z-]+)"', html)


def shown(page, one, query: str = "") -> str:
    return page.get(f"/m/{one.message_id}/{query}").content.decode()


def body(page, one, query: str = ""):
    return page.get(f"/m/{one.message_id}/body/1/{query}")


@pytest.mark.parametrize(
    ("sender", "headers", "text", "expected"),
    [
        ("Eve <eve@far.test>", "", "<p>Hello", ["first"]),
        ("Eve <eve@far.test>", FORGED, "<p>Hello", ["failed", "first"]),
        (
            "Eve <eve@far.test>",
            "",
            '<a href="https://evil.test/">www.paypal.com</a>',
            ["lying-link", "first"],
        ),
        ("Eve <eve@far.test>", "", '<a href="https://far.test/?utm_source=x">far.test</a>', ["first"]),
        ("Eve <eve@paypa1.com>", "", "<p>Hello", ["lookalike", "first"]),
        ("Eve <eve@far.test>", "Reply-To: x@evil.test\r\n", "<p>Hello", ["reply-elsewhere", "first"]),
        (
            "News <news@far.test>",
            "Reply-To: x@evil.test\r\nList-Unsubscribe: <https://far.test/u>\r\n",
            "<p>Hello",
            [],
        ),
        (
            "News <news@far.test>",
            "List-Id: <news.far.test>\r\n",
            '<a href="https://c.test/1">far.test</a>',
            [],
        ),
    ],
)
def test_warnings(page, deliver, sender: str, headers: str, text: str, expected: list[str]):
    one = deliver(text, sender=sender, headers=headers + HTML)
    assert kinds(shown(page, one)) == expected


def test_a_sender_is_new_once(page, deliver):
    first, second = deliver(sender="eve@far.test"), deliver(sender="Eve <EVE@far.test>")
    assert kinds(shown(page, first)) == ["first"]
    assert kinds(shown(page, second)) == []


def test_warnings_are_text(page, deliver):
    one = deliver(sender='"<b>boss@company.test</b>" <eve@far.test>')
    assert "<b>boss@" not in shown(page, one)


def test_trackers_are_held_back_even_when_pictures_are_shown(page, deliver):
    one = deliver(PICTURE + PIXEL, headers=HTML)
    assert "1 tracker is held back in any case." in shown(page, one)
    assert "data-trackers" in shown(page, one, "?images=1")
    with_pictures = body(page, one, "?images=1").content.decode()
    assert "pictures.test" in with_pictures
    assert "count.test" not in with_pictures
    assert "pictures.test" not in body(page, one).content.decode()


def test_pictures_of_a_trusted_sender_load_unless_somebody_else_wrote(page, alice, deliver):
    preferences.trust_images(alice, "eve@far.test")
    honest = deliver(PICTURE, sender="eve@far.test", headers=HTML)
    forged = deliver(PICTURE, sender="eve@far.test", headers=FORGED + HTML)
    assert "pictures.test" in body(page, honest).content.decode()
    assert "pictures.test" not in body(page, forged).content.decode()
    assert "data-trust" not in shown(page, forged)


@pytest.mark.parametrize(
    ("theme", "query", "paper", "dark", "light"),
    [
        ("auto", "", "auto", "(prefers-color-scheme:dark)", "(prefers-color-scheme:light)"),
        ("dark", "", "auto", "all", "not all"),
        ("light", "", "auto", "not all", "all"),
        ("dark", "?paper=light", "light", "not all", "all"),
        ("light", "?paper=dark", "dark", "all", "not all"),
        ("dark", "?paper=red", "auto", "all", "not all"),
    ],
)
def test_paper(page, deliver, theme: str, query: str, paper: str, dark: str, light: str):
    one = deliver(
        "<style>p{color:#c00}@media (prefers-color-scheme:dark){p{color:#faa}}"
        "@media (prefers-color-scheme:light){p{margin:1px}}</style><p>x",
        headers=HTML,
    )
    page.cookies["theme"] = theme
    html = body(page, one, query).content.decode()
    assert f'data-paper="{paper}" class="turns"' in html
    assert f'<style id="for-dark" media="{dark}">' in html
    assert f'<style id="for-light" media="{light}">' in html


def test_paper_can_be_turned_without_scripts(page, deliver):
    one = deliver(PICTURE, headers=HTML)
    html = shown(page, one, "?paper=dark")
    assert "/body/1/?paper=dark" in html
    assert "?paper=light" in html


def test_a_picture_in_the_markup_needs_no_asking(page, deliver):
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    answer = body(page, deliver(f'<img src="{dot}" width="9" height="9">', headers=HTML))
    assert dot in answer.content.decode()
    assert "img-src 'self' data:;" in answer.headers["Content-Security-Policy"]


def test_a_letter_is_made_safe_once():
    made: list[str] = []

    def make(name: str) -> Clean:
        made.append(name)
        return Clean("x" * 1_000, "", "", "", 0, 0, False, True, False)

    kept = Kept(4_000)
    for name in ("a", "a", "b", "a", "c", "a", "b"):  # two have room
        kept.get(name, lambda name=name: make(name))
    assert made == ["a", "b", "c", "b"]


def test_another_reader_sees_nothing(page, bob, deliver):
    one = deliver(PICTURE, account=bob, headers=HTML)
    assert page.get(f"/m/{one.message_id}/").status_code == 404
    assert body(page, one).status_code == 404


@override_settings(MAIL_HOSTNAME="other.test")
def test_only_our_own_verdict_counts(page, deliver):
    assert kinds(shown(page, deliver(sender="bob@example.org", headers=FORGED))) == []


def test_many_tangled_parts_do_not_add_up(page, deliver):
    """C18: what comes after enough work for one message is shown as text."""
    part = "--b\r\nContent-Type: text/html\r\n\r\n" + "<p><b>x</b></p>" * 4_000 + "\r\n"
    one = deliver(
        part * 4 + "--b--\r\n", headers="MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    )
    html = shown(page, one)
    assert html.count("data-body") == 3
    assert "too tangled" in html
