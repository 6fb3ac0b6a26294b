"""What every screen looks like, kept in tests/screenshots/ for people; and that none is wider than its window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

LOOKS = [
    pytest.param({}, "desktop-light", id="desktop-light"),
    pytest.param({"dark": True}, "desktop-dark", id="desktop-dark"),
    pytest.param({"phone": True}, "phone-light", id="phone-light"),
    pytest.param({"phone": True, "dark": True}, "phone-dark", id="phone-dark"),
]
LETTERS = {
    "conversation": "The Slow Atlas: second proofs",
    "newsletter": "The case for shorter books",
    "shop": "Fresh from the drum: Guji",
    "japanese": "スロー・アトラス",
    "hebrew": "מפת הדרכים",
    "plain": "Two books are due",
    "bounce": "Not delivered: The height",
    "invitation": "Invitation: Spring list",
    "pictures": "Photos from the allotment",
}


def fits(page: Page) -> None:
    wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"


@pytest.mark.parametrize(("how", "look"), LOOKS)
def test_screens(sign_in: Callable[..., Page], visit: Callable[..., Page], shot, watch, how, look):
    watch.expected.append("status of 404")
    door = visit(**how)
    door.goto("/login/")
    fits(door)
    shot(door, f"login-{look}")
    page = sign_in(**how)
    fits(page)
    shot(page, f"inbox-{look}")
    for name, subject in LETTERS.items():
        page.goto("/search/?q=" + subject.split(":")[-1].strip().replace(" ", "+"))
        page.locator(".row", has_text=subject).first.locator(".row__link").click()
        expect(page.locator("#subject")).to_be_visible()
        page.wait_for_timeout(900)
        fits(page)
        shot(page, f"{name}-{look}")
    page.locator("a[href*='/compose/reply/']:visible").last.click()
    expect(page.locator("#composer .letter__rich")).to_be_visible()
    page.wait_for_timeout(400)
    fits(page)
    shot(page, f"reply-{look}")
    for name, address in {
        "compose": "/compose/", "preferences": "/preferences/", "folders": "/folders/",
        "search": "/search/?q=lighthouse", "lost": "/nowhere/",
    }.items():  # fmt: skip
        page.goto(address)
        page.wait_for_timeout(300)
        fits(page)
        shot(page, f"{name}-{look}")
