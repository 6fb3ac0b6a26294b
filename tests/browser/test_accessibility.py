"""axe-core on every screen, in four looks: WCAG 2.2 AA and good practice, no violation at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def reader(service, chromium: Browser, password: str) -> Callable[..., Page]:
    """Signed in, in a browser that lets the checker in past our policy."""
    contexts = []

    def open_page(phone: bool, dark: bool) -> Page:
        context = chromium.new_context(
            base_url=service.url,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            bypass_csp=True,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def violations(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(result => result.violations)", RULES
    )
    return [f"{page.url} {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_screen(reader, password, phone, dark):
    page = reader(phone, dark)
    page.goto("/login/")
    found = violations(page)
    page.get_by_label("Mail address").fill("nora@tidemark.example")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.locator("#rows .row").first.wait_for()
    for address in (
        "/",
        "/compose/",
        "/preferences/",
        "/preferences/transfer/",
        "/contacts/",
        "/folders/",
        "/label/",
        "/search/?q=lighthouse",
        "/nowhere/",
    ):
        page.goto(address)
        page.wait_for_load_state("load")
        found += violations(page)
    page.goto("/")
    page.locator(".row .row__link").first.click()
    expect(page.locator("#subject")).to_be_visible()
    page.wait_for_timeout(600)
    found += violations(page)
    page.locator("a[href*='/compose/reply/']:visible").last.click()
    expect(page.locator("#composer .letter__rich")).to_be_visible()
    found += violations(page)
    assert found == []
