"""Reading in a real browser: live arrival, keys, selections with undo, a phone's one column, and no scripts at all."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

NORA = "nora@tidemark.example"


def test_new_mail_appears_by_itself_and_leaves_by_key(nora: Page, post: Callable[..., None]):
    asked: list[str] = []
    nora.wait_for_timeout(1_000)
    nora.on("request", lambda request: asked.append(request.url))
    nora.wait_for_timeout(2_000)
    assert asked == []  # nobody polls
    post(NORA, "The ferry is late")
    started = time.monotonic()
    row = nora.locator("#rows .row", has_text="The ferry is late")
    row.wait_for()
    assert time.monotonic() - started < 5  # a second, and some for a busy machine
    assert nora.title().startswith("(")
    nora.keyboard.press("j")
    nora.keyboard.press("o")
    expect(nora.locator("#subject")).to_have_text("The ferry is late")
    expect(row).not_to_have_class("row row--unread")
    nora.keyboard.press("e")
    expect(nora.locator(".toast")).to_contain_text("Archived")
    expect(nora.locator("#rows .row", has_text="The ferry is late")).to_have_count(0)
    nora.keyboard.press("z")
    expect(nora.locator("#rows .row", has_text="The ferry is late")).to_have_count(1)


def test_keys_walk_choose_search_and_explain(nora: Page):
    nora.keyboard.press("?")
    expect(nora.locator("#shortcuts")).to_be_visible()
    nora.keyboard.press("Escape")
    for key in ("j", "x", "j", "x"):
        nora.keyboard.press(key)
    expect(nora.locator("[data-chosen]").first).to_have_text("2")
    nora.keyboard.press("v")
    shown = nora.locator(".list__actions .menu__panel:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("Move to")
    nora.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    nora.keyboard.press("/")
    nora.keyboard.type("has:attachment proofs")
    nora.keyboard.press("Enter")
    expect(nora.locator("mark").first).to_have_text("proofs")
    nora.keyboard.press("g")
    nora.keyboard.press("t")
    expect(nora.locator("#list-title")).to_have_text("Sent")
    nora.go_back()
    expect(nora.locator("#list-title")).to_contain_text("Results")


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_one_column(sign_in: Callable[..., Page], shot: Callable[..., None], dark: bool):
    page = sign_in(phone=True, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Folders").click()
    expect(page.get_by_role("link", name="Archive")).to_be_visible()
    shot(page, f"phone-folders-{'dark' if dark else 'light'}")
    page.keyboard.press("Escape")
    page.locator(".row__link").first.tap()
    expect(page.locator(".thread")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, f"phone-conversation-{'dark' if dark else 'light'}")
    page.get_by_role("link", name="Back to the list").tap()
    expect(page.locator("#list")).to_be_visible()


def test_without_scripts_one_reads_searches_and_moves(visit: Callable[..., Page], password: str):
    page = visit(scripts=False)
    page.goto("/")
    page.get_by_label("Mail address").fill("sam@tidemark.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    subject = page.locator(".row__subject").first.inner_text()
    page.locator(".row__link").first.click()
    expect(page.locator("#subject")).to_contain_text(subject)
    page.goto("/")
    page.locator(".row__tick").first.check(force=True)
    page.get_by_role("button", name="Archive").click()
    expect(page.locator(".toast")).to_contain_text("Archived")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Undone")
    page.get_by_role("searchbox").fill("is:starred")
    page.keyboard.press("Enter")
    expect(page.locator("#list-title")).to_have_text("Starred")


def test_a_letters_frame_is_as_high_as_the_letter(nora: Page, post: Callable[..., None]):
    post(NORA, "Sixty-one paragraphs", html="<p style='color:#c00'>line</p>" * 60 + "<p id=end>the end</p>")
    row = nora.locator("#rows .row", has_text="Sixty-one paragraphs")
    row.wait_for()
    row.locator(".row__link").click()
    frame = nora.frame_locator("iframe[data-body]").last
    frame.locator("#end").wait_for()
    box = nora.locator("iframe[data-body]").last
    expect(box).to_have_attribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox")
    nora.wait_for_timeout(500)
    height = frame.locator("#mail").evaluate("mail => mail.getBoundingClientRect().height")
    assert abs(box.bounding_box()["height"] - height) < 24
