"""Posthorn and Roundcube in the same run, in the same browser, on the same mail. Not a test; a command:

    python -m tests.browser.race http://127.0.0.1:8000 http://127.0.0.1:8080 ADDRESS PASSWORD [ROUNDS]

ADDRESS has the same messages on both sides, and the same password, hashed at the same price (argon2id). Roundcube is
Debian's package behind Apache with mod_php and opcache, SQLite, and Dovecot with Maildir on the same machine. The
rounds alternate, medians are told; a busy machine makes both sides slow, so trust the ratios and the bytes.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.weigh import FLAGS, Scale

ROUNDS = 5
STEPS = 6  # messages opened one after the other
WORD = "Zugzwang"
QUIET_MILLISECONDS = 1_500


@dataclass(frozen=True)
class Racer:
    """Where things are on the pages of one of the two."""

    name: str
    login: str
    address: str
    password: str
    row: str
    open_row: Callable[[Page, int], None]
    opened: Callable[[Page, str], None]
    named: Callable[[Page, int], str]  # how one knows that this one is open
    search: Callable[[Page], None]


@dataclass
class Tally:
    """What was measured."""

    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    weights: dict[str, tuple[int, int]] = field(default_factory=dict)  # requests, bytes

    def took(self, what: str, began: float) -> None:
        self.milliseconds.setdefault(what, []).append((perf_counter() - began) * 1000)


def _ours_opened(page: Page, conversation: str) -> None:
    page.locator(f"[data-thread='{conversation}'] .message:not(.message--closed)").first.wait_for()


def _theirs_opened(page: Page, subject: str) -> None:
    letter = page.frame_locator("#messagecontframe")
    letter.locator("h2.subject", has_text=subject).wait_for()
    letter.locator("#messagebody").wait_for()


def _ours_search(page: Page) -> None:
    page.fill("[name=q]", WORD)
    page.keyboard.press("Enter")
    page.locator("#list-title", has_text=WORD).wait_for()
    page.locator("#rows .row").first.wait_for()


def _theirs_search(page: Page) -> None:
    page.fill("#mailsearchform", WORD)
    with page.expect_response(lambda answer: "_action=search" in answer.url):
        page.keyboard.press("Enter")
    page.locator("#messagelist tr.message", has_text=WORD).first.wait_for()


OURS = Racer(
    "Posthorn", "/login/", "[name=address]", "[name=password]", "#rows .row",
    lambda page, at: page.locator("#rows .row__link").nth(at).click(),
    _ours_opened,
    lambda page, at: page.locator("#rows .row").nth(at).get_attribute("data-conversation") or "",
    _ours_search,
)  # fmt: skip
THEIRS = Racer(
    "Roundcube", "/", "#rcmloginuser", "#rcmloginpwd", "#messagelist tr.message",
    lambda page, at: page.locator("#messagelist tr.message td.subject").nth(at).click(),
    _theirs_opened,
    lambda page, at: page.locator("#messagelist tr.message span.subject a").nth(at).inner_text().strip(),
    _theirs_search,
)  # fmt: skip


def lap(browser: Browser, racer: Racer, origin: str, address: str, password: str, tally: Tally) -> None:
    """A first visit with nothing in the cache, a second, six letters, a search."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
    context.set_default_timeout(30_000)
    page = context.new_page()
    cold = Scale()
    cold.over(page)
    page.goto(origin + racer.login)
    page.fill(racer.address, address)
    page.fill(racer.password, password)
    began = perf_counter()
    page.keyboard.press("Enter")
    page.locator(racer.row).first.wait_for()
    tally.took("sign in to inbox", began)
    page.wait_for_timeout(QUIET_MILLISECONDS)
    tally.weights["cold: sign-in page and inbox"] = cold.weight()
    warm = Scale()
    warm.over(page)
    began = perf_counter()
    page.goto(page.url)
    page.locator(racer.row).first.wait_for()
    tally.took("inbox again", began)
    page.wait_for_timeout(QUIET_MILLISECONDS)
    tally.weights["warm: inbox again"] = warm.weight()
    for at in range(STEPS):
        name = racer.named(page, at)
        began = perf_counter()
        racer.open_row(page, at)
        racer.opened(page, name)
        tally.took("open a message" if at == 0 else "the next message", began)
        page.wait_for_timeout(400)
    began = perf_counter()
    racer.search(page)
    tally.took("search a subject", began)
    context.close()


def main(ours: str, theirs: str, address: str, password: str, rounds: str = str(ROUNDS)) -> None:
    sides = ((OURS, ours, Tally()), (THEIRS, theirs, Tally()))
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for number in range(int(rounds) + 1):
            for racer, origin, tally in sides[:: -1 if number % 2 else 1]:
                # The first lap warms the servers up and is not told.
                lap(browser, racer, origin, address, password, Tally() if number == 0 else tally)
        browser.close()
    (_, _, mine), (_, _, other) = sides
    print(f"| | {OURS.name} | {THEIRS.name} |\n|---|---|---|")
    for what in mine.weights:
        cells = [
            f"{size / 1000:.1f} KB, {requests} requests"
            for requests, size in (mine.weights[what], other.weights[what])
        ]
        print(f"| {what} | {cells[0]} | {cells[1]} |")
    for what in mine.milliseconds:
        cells = [f"{statistics.median(side.milliseconds[what]):.0f} ms" for side in (mine, other)]
        print(f"| {what} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
