"""The pages in other languages, and from right to left."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def speak(page: Page, code: str) -> None:
    page.goto("/preferences/")
    with page.expect_navigation():  # the page comes again, in that language
        page.locator("select[name=language]").select_option(code)


def test_arabic_then_german(sign_in) -> None:
    page = sign_in("theo@tidemark.example")
    html = page.locator("html")
    try:
        speak(page, "ar")
        page.goto("/")
        expect(html).to_have_attribute("dir", "rtl")
        expect(html).to_have_attribute("lang", "ar")
        expect(page.locator("#list-title")).to_have_text("البريد الوارد")
        # The folders lie to the right of the list, the list to the right of what is read.
        boxes = [page.locator(place).bounding_box() for place in ("#folders", "#list", ".reading")]
        edges = [box["x"] for box in boxes if box is not None]
        assert len(edges) == 3 and edges == sorted(edges, reverse=True)

        page.locator(".rail__write").click()
        text = page.locator("#composer .letter__rich")
        expect(text).to_have_attribute("aria-label", "الرسالة")
        expect(text).to_be_visible()
        text.press("Control+Home")
        page.keyboard.type("مرحبا")
        expect(text).to_contain_text("مرحبا")
        assert text.evaluate("(box) => getComputedStyle(box).direction") == "rtl"
        page.locator("[name=subject]").fill("تحية")
        expect(page.locator("#composer")).to_contain_text("تم الحفظ")
        speak(page, "de")
        page.goto("/")
        expect(page.locator("#list-title")).to_have_text("Posteingang")
        page.locator("#rows .row a").first.click()
        full = page.locator(".reading time[title]").last.get_attribute("title")
        assert re.fullmatch(
            r"(Mo|Di|Mi|Do|Fr|Sa|So), \d+\. [A-Z]\w+ \d{4}, \d\d:\d\d( \(.+\))?", full or ""
        ), full
    finally:
        speak(page, "")
