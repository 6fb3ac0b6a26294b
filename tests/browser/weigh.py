"""What a first and a second visit cost: requests, bytes on the wire, milliseconds. Not a test; a command:

    python -m tests.browser.weigh http://127.0.0.1:8000 nora@tidemark.example PASSWORD

Bytes are what the browser's network log says came over the wire, headers included. The event stream is open all the
time and counted as one request. A cold visit is the sign-in page and then the inbox, with nothing in the cache.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from dataclasses import dataclass, field
from time import perf_counter

from playwright.sync_api import Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
QUIET_SECONDS = 1.5  # after the page is there, what it fetches by itself still counts
TRIES = 5


@dataclass
class Scale:
    """Hears everything that comes over the wire."""

    urls: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def over(self, page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.requestServedFromCache", lambda event: self.urls.pop(event["requestId"], None))
        session.on("Network.loadingFinished", self._finished)

    def _asked(self, event: dict) -> None:
        if event["request"]["url"].startswith("http"):
            if "redirectResponse" in event:  # the same number again: the form, then the page it leads to
                self.sizes[event["requestId"] + " before"] = int(
                    event["redirectResponse"]["encodedDataLength"]
                )
                self.urls[event["requestId"] + " before"] = event["redirectResponse"]["url"]
            self.urls[event["requestId"]] = event["request"]["url"]

    def _answered(self, event: dict) -> None:
        if event["response"].get("fromDiskCache") or event["response"].get("fromServiceWorker"):
            self.urls.pop(event["requestId"], None)
        self.sizes.setdefault(event["requestId"], int(event["response"]["encodedDataLength"]))

    def _finished(self, event: dict) -> None:
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])

    def weight(self) -> tuple[int, int]:
        """Requests, and bytes of the answers."""
        return len(self.urls), sum(self.sizes.get(request, 0) for request in self.urls)

    def told(self, name: str, milliseconds: float) -> None:
        requests, size = self.weight()
        print(f"{name:<44}{requests:>3} requests {size:>8,} bytes {milliseconds:>7.0f} ms")
        for request, url in self.urls.items():
            print(f"    {self.sizes.get(request, 0):>8,}  {url}")


def main(origin: str, address: str, password: str) -> None:
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        times: list[float] = []
        for number in range(TRIES):
            context = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
            page = context.new_page()
            scale = Scale()
            scale.over(page)
            page.goto(f"{origin}/login/")
            page.fill("[name=address]", address)
            page.fill("[name=password]", password)
            began = perf_counter()
            page.keyboard.press("Enter")
            page.locator("#rows .row").first.wait_for()
            times.append((perf_counter() - began) * 1000)
            page.wait_for_timeout(QUIET_SECONDS * 1000)
            if number == TRIES - 1:
                scale.told("cold: sign-in page, signing in, inbox", statistics.median(times))
                warm = Scale()
                warm.over(page)
                scale.urls.clear()
                began = perf_counter()
                page.goto(f"{origin}/")
                page.locator("#rows .row").first.wait_for()
                took = (perf_counter() - began) * 1000
                page.wait_for_timeout(QUIET_SECONDS * 1000)
                warm.told("warm: inbox again", took)
            context.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
