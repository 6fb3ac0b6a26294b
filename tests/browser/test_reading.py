"""Reading, live news, and letters that mean harm."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page, expect

NORA, YUKI = "nora@tidemark.example", "yuki@kitestudio.example"
numbers = count(1)

# One way each of running something, loading something or covering something.
HOSTILE = {
    "script": "<script>document.title='run'; parent.document.title='run'</script>",
    "handlers": '<img src=x onerror="top.document.title=1"><b onmouseover=alert(1) style="font-size:99px">hover</b>',
    "svg": '<svg onload=alert(1)><script>alert(1)</script><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "mutation": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "addresses": '<a href="javascript:alert(1)">j</a><a href=" java&#10;script:alert(1)">k</a>'
    '<a href="data:text/html,<script>alert(1)</script>">d</a>',
    "frames": '<iframe src="https://evil.test/"></iframe><object data="https://evil.test/x"></object>'
    '<embed src="https://evil.test/y">',
    "pictures": '<img src="https://evil.test/1.png"><img srcset="https://evil.test/2.png 2x">'
    '<picture><source srcset="https://evil.test/3.png"><img src="//evil.test/4.png"></picture>'
    '<table background="https://evil.test/5.png"><tr><td>x</td></tr></table><input type=image src=https://evil.test/6>',
    "styles": "<style>@import url(https://evil.test/a.css); @font-face{font-family:x;src:url(https://evil.test/f)}"
    "body{background:url(https://evil.test/b.png);font-family:x}</style>"
    '<p style="background:u\\72l(https://evil.test/c.png);list-style:url(https://evil.test/d)">styled</p>'
    "<div style=\"background-image:image-set('https://evil.test/e.png' 1x)\">set</div>",
    "hints": '<link rel=preconnect href="https://evil.test"><link rel=dns-prefetch href="//evil.test">'
    '<link rel=stylesheet href="https://evil.test/s.css"><meta http-equiv=refresh content="0;url=https://evil.test/">'
    '<base href="https://evil.test/"><a ping="https://evil.test/ping" href="https://evil.test/">p</a>',
    "media": '<video src="https://evil.test/v" poster="https://evil.test/p" autoplay></video>'
    '<audio src="https://evil.test/a" autoplay></audio><track src="https://evil.test/t">',
    "forms": '<form action="/logout/" method=post><button style="position:fixed;inset:0;opacity:0">x</button></form>'
    "<input form=selection name=action value=delete autofocus onfocus=alert(1)>",
    "cover": '<div style="position:fixed;inset:-2000px;background:#000;z-index:2147483647">COVER</div>'
    '<div style="position:absolute;top:-900px;left:-900px;width:9000px;height:9000px;background:#f0f">C</div>'
    "<dialog open>D</dialog></div></div></body></html><div>after",
    "clobbering": (
        "<form id=toasts name=body><input name=cookie><img name=getElementById id=rows></form>"
        "<a id=list href=x>"
    ),
}


def open_letter(page: Page, subject: str) -> None:
    row = page.locator("#rows .row", has_text=subject)
    row.locator(".row__link").first.click()
    expect(page.locator("#subject")).to_contain_text(subject)


def test_a_conversation_is_read_once_opened(nora: Page, shot):
    before = nora.title()
    nora.locator(".row", has_text="Festival: who travels").locator(".row__link").click()
    expect(nora.locator("[data-thread] [data-message]").last).to_contain_text("The programme is printed")
    expect(nora.locator(".row", has_text="Festival: who travels")).not_to_have_class(
        re.compile("row--unread")
    )
    expect(nora).not_to_have_title(before)
    expect(nora.get_by_text("festival-programme.pdf").first).to_be_visible()


def test_new_mail_appears_without_a_reload(nora: Page, post: Callable[..., None]):
    nora.evaluate("window.still = true")
    subject = f"Flood warning {next(numbers)}"
    post(NORA, subject, "Bring the boat in.\n")
    expect(nora.locator("#rows .row").first).to_contain_text(subject, timeout=5_000)
    assert nora.evaluate("window.still") is True


def test_a_newsletter_stays_inside_until_asked(nora: Page, watch):
    """D08: no request leaves, not even then: pictures come through us (there is no themargin.example to ask)."""
    watch.expected.append("status of 404")
    nora.locator(".row", has_text="The case for shorter books").locator(".row__link").click()
    frame = nora.frame_locator("[data-thread] iframe").last
    expect(frame.locator("h1")).to_contain_text("shorter books")
    nora.get_by_role("link", name="Show images").click()
    proxied = frame.locator("img[src^='/images/']").first
    expect(proxied).to_have_attribute("alt", "Photograph: salt-marsh")


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_letters_do_nothing(sign_in, post, watch, kind):
    """D01 to D10: nothing runs, nothing leaves, nothing lies over our page; `watch` tells of errors and requests."""
    subject = f"Hostile {kind} {next(numbers)}"
    post(YUKI, subject, html=f"<html><body><p>beginning</p>{HOSTILE[kind]}<p>end</p></body></html>")
    page = sign_in(YUKI)
    title = page.title
    open_letter(page, subject)
    expect(page.locator("[data-thread] iframe, [data-thread] .message__text").last).to_be_visible()
    page.wait_for_timeout(700)
    for text in ("hover", "j", "k", "d", "p"):
        link = page.frame_locator("[data-thread] iframe").last.get_by_text(text, exact=True)
        if link.count() == 1:
            link.hover()
    assert "run" not in title() and subject in title()
    # The page's own controls are on top where they should be.
    for selector in (".bar__brand", ".rail__write", "#subject"):
        box = page.locator(selector).bounding_box()
        hit = page.evaluate(
            "([x, y, selector]) => document.elementFromPoint(x, y)?.closest(selector) !== null",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, selector],
        )
        assert hit, f"something covers {selector}"
    assert page.locator("#rows").count() == 1 and page.locator("#toasts").evaluate("e => e.tagName") == "DIV"


def test_with_the_keyboard_alone(nora: Page, service, someone):
    nora.keyboard.press("j")
    nora.keyboard.press("Enter")
    expect(nora.locator("[data-thread]")).to_be_visible()
    nora.keyboard.press("r")
    expect(nora.locator("#composer .letter__rich")).to_be_visible()
    nora.wait_for_function("document.activeElement.closest('#composer') !== null")
    nora.keyboard.type("Without a mouse.")
    nora.keyboard.press("Control+Enter")
    expect(nora.get_by_text("Sent.")).to_be_visible()
    sent = service.messages(someone(NORA), "Sent")
    assert any(b"Without a mouse." in raw for raw in sent)


def test_a_phone_reads_and_answers(sign_in):
    page = sign_in(phone=True)
    page.locator(".row", has_text="Choir: new piece").locator(".row__link").click()
    expect(page.locator(".letter")).to_contain_text("Altos, please")
    page.locator("a[href*='/compose/reply/']:visible").last.click()
    box = page.locator("#composer").bounding_box()
    assert box and (box["x"], box["width"]) == (0, 390)
    page.get_by_role("button", name="Close, keep the draft").click()
    expect(page.locator("#composer")).to_have_count(0)
