"""axe-core on every screen, wide and narrow, light and dark, left to right and right to left: no violation at all.

WCAG 2.2 AA and good practice; and while we are there, no complaint in the console and nothing wider than the window.
The ordinary run sees each screen in one of the eight looks, in turn, and the screens that people live in in two
opposite ones; nightly (`-m slow`) sees all in all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import DESKTOP, PHONE, Watch
from tests.browser.screens import ADMIN, INES, NOBODY, NORA, SCREENS, Screen, planted
from tests.interop.instance import Instance

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
HOW = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,  # our policy lets no style sheet be written into the page, not even by axe
}
VIOLATIONS = """how => axe.run(document, how).then(result => result.violations.flatMap(one => one.nodes.map(node =>
  `${one.id} at ${node.target}: ${node.html.slice(0, 160)}: ${node.failureSummary.replace(/\\s+/g, ' ')}`)))"""
WIDER = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"

Look = tuple[str, str, str]
LOOKS: list[Look] = list(product(("desk", "phone"), ("light", "dark"), ("ltr", "rtl")))
LIVED_IN = ("sign in", "inbox", "conversation", "answer in its place", "settings")


def looked_at() -> list[object]:
    """What is seen in the ordinary run has no mark."""
    found = []
    for number, screen in enumerate(SCREENS):
        looks = [look for look in LOOKS if look[0] == "desk" or not screen.wide]
        turn = number % len(looks)
        now = {looks[turn], looks[-1 - turn]} if screen.name in LIVED_IN else {looks[turn]}
        found += [
            pytest.param(
                screen,
                look,
                id=f"{screen.name}, {' '.join(look)}",
                marks=() if look in now else pytest.mark.slow,
            )
            for look in looks
        ]
    return found


class Places:
    """A page for each person and each size of window, kept open."""

    def __init__(self, service: Instance, chromium: Browser, password: str) -> None:
        self.service, self.chromium = service, chromium
        printed = re.search(r"^First administrator: (\S+)$.*?: (\S+)$", service.output(), re.M | re.S)
        assert printed, service.output()[-2000:]
        self.passwords = {INES: password, NORA: password, ADMIN: printed[2]}
        self.addresses = {INES: INES, NORA: NORA, ADMIN: printed[1]}
        self.contexts: dict[tuple[str, str], BrowserContext] = {}
        # The pages of mistakes answer with the status of a mistake.
        self.watch = Watch(service.url, expected=[r"status of 4(03|04|22)"])
        self.planted: dict[str, str] = {}

    def __enter__(self) -> Places:
        self.planted = planted(self.context(INES, "desk"), self.context(NORA, "desk"))
        return self

    def __exit__(self, *ended: object) -> None:
        for context in self.contexts.values():
            context.close()

    def context(self, who: str, size: str) -> BrowserContext:
        if (who, size) not in self.contexts:
            made = self.chromium.new_context(
                base_url=self.service.url,
                viewport=PHONE if size == "phone" else DESKTOP,  # type: ignore[arg-type]
                has_touch=size == "phone",
                is_mobile=size == "phone",
                locale="en-GB",
                storage_state=None if size == "desk" else self.context(who, "desk").storage_state(),
            )
            made.set_default_timeout(20_000)
            made.add_init_script("window.print = () => undefined")
            self.watch.over(made)
            self.contexts[who, size] = made
            if size == "desk" and who != NOBODY:
                self._sign_in(made, who)
        return self.contexts[who, size]

    def _sign_in(self, context: BrowserContext, who: str) -> None:
        page = context.new_page()
        page.goto("/login/")
        page.get_by_label("Mail address").fill(self.addresses[who])
        page.get_by_label("Password").fill(self.passwords[who])
        page.get_by_role("button", name="Sign in").click()
        page.locator("#main, #content").first.wait_for()
        page.close()

    def page(self, screen: Screen, look: Look) -> Page:
        size, colours, direction = look
        context = self.context(screen.who, size)
        language = "ar" if direction == "rtl" else "en"
        context.add_cookies([{"name": "language", "value": language, "url": self.service.url}])
        page = context.pages[0] if context.pages else context.new_page()
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # type: ignore[arg-type]
        screen.open(page, self.planted)
        assert page.locator("html").get_attribute("dir") == direction
        return page


@pytest.fixture(scope="module")
def places(service: Instance, chromium: Browser, password: str) -> Iterator[Places]:
    """Everybody signed in, and one of everything planted."""
    with Places(service, chromium, password) as found:
        yield found


@pytest.mark.parametrize(("screen", "look"), looked_at())
def test_every_screen(places: Places, screen: Screen, look: Look) -> None:
    page = places.page(screen, look)
    page.evaluate(AXE)
    assert page.evaluate(VIOLATIONS, HOW) == []
    assert page.evaluate(WIDER) <= 0, "wider than the window"
    found, places.watch.found, places.watch.outside = places.watch.complaints(), [], []
    assert found == []
