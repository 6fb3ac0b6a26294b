"""Reading, and live news. (Letters that mean harm: test_hostile_mail.py.)"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

from playwright.sync_api import Page, expect

NORA = "nora@tidemark.example"
numbers = count(1)


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
