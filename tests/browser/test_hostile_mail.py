"""SECURITY D01–D08 in a real browser: nothing runs, nothing leaves, nothing covers the page around it.

`watch` (conftest.py) fails on every dialog, script error, policy violation and request to another origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playwright.sync_api import Page

from tests.webmail.rendering.test_sanitize import ADDRESSES, FOREIGN, LEAKS, SCRIPTS, SHEETS, STYLES

VICTIM = "theo@tidemark.example"
TOGETHER = 4
OVERLAYS = [
    "<div style='position:fixed;inset:0;background:red;z-index:9999'>sign in again</div>",
    "<div style='position:absolute;top:-500px;left:-500px;width:5000px;height:5000px;background:red'>x</div>",
    "<div style='margin:-2000px 0 0 -2000px;width:9000px;height:9000px;background:red'>x</div>",
    "</div></body></html><div style='position:fixed;top:0'>after the end</div>",
    "<style>#mail,body,html{position:fixed!important;inset:-500px!important;height:100vh!important}</style><p>x",
    "<p style='height:1000000px'>tall</p>",
]


def letters() -> Iterator[str]:
    markup = [*SCRIPTS, *FOREIGN, *LEAKS, *OVERLAYS]
    markup += [f'<p style="{style}">style</p>' for style in STYLES]
    markup += [f"<style>{sheet}</style><p>sheet</p>" for sheet in SHEETS]
    markup += [f"<a href='{address}'>click</a><img src='{address}'>" for address in ADDRESSES]
    clean = [text.replace("\x00", "\ufffd").replace("\x1b", "") for text in markup]
    for at in range(0, len(clean), TOGETHER):
        yield "<p>before</p>" + "<p>between</p>".join(clean[at : at + TOGETHER]) + "<p>after</p>"


def test_no_letter_reaches_beyond_its_frame(sign_in: Callable[..., Page], post: Callable[..., None], watch):
    sent = list(letters())
    for number, markup in enumerate(sent):
        post(VICTIM, f"Hostile {number}", html=f"<html><body>{markup}</body></html>")
    page = sign_in(VICTIM)
    page.goto("/search/?q=subject:Hostile")
    page.locator("#rows .row").first.wait_for()
    while page.locator("[data-more]").count():
        page.locator("[data-more]").scroll_into_view_if_needed()
        page.wait_for_timeout(200)
    links = page.locator("#rows .row__link").evaluate_all("links => links.map(link => link.href)")
    assert len(links) == len(sent)
    for link in links:
        page.goto(link)
        frame = page.frame_locator("iframe[data-body]").first
        frame.locator("#mail").wait_for()
        for click in frame.get_by_text("click", exact=True).all()[:2]:
            click.click(timeout=2_000, force=True)
        # What stands above the letter is where it was, and on top.
        head = page.locator(".message__head").last.bounding_box()
        assert head is not None
        on_top = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y)?.closest('.message__head, .reading__bar') !== null",
            [head["x"] + 60, max(head["y"] + 20, 70)],
        )
        assert on_top, link
        assert page.locator("iframe[data-body]").first.bounding_box()["height"] < 70_000
    assert page.title() != ""
