"""One running service with the demo in it, and a real browser that tells on the pages.

    def test_x(nora):                    # a Page, signed in as nora, desktop size
        nora.get_by_role(...)

Every page that a test opens is watched: a script error, a message of the Content Security Policy, or a request that
leaves for another origin fails the test. Screenshots go to tests/screenshots/, to be looked at.
"""

from __future__ import annotations

import re
import shutil
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from tests.interop.instance import Instance, Person

expect.set_options(timeout=15_000)
SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """`manage.py up --demo`, as a visitor would have it."""
    running = Instance(
        tmp_path_factory.mktemp("browser"), "example.org", MAIL_LISTENERS=1, MAIL_UNDO_SECONDS=2
    )
    try:
        yield running.start("--demo", seconds=90)
    finally:
        running.kill()


@pytest.fixture(scope="session")
def password(service: Instance) -> str:
    """What `up --demo` printed."""
    found = re.search(r"^password (\S+)$", service.output(), re.M)
    assert found, service.output()[-2000:]
    return found[1]


@pytest.fixture(scope="session")
def someone(password: str) -> Callable[[str], Person]:
    """One of the demo's people: `someone("nora@tidemark.example")`."""
    return lambda address: Person(address, password)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Debian's, else Playwright's own."""
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
    yield browser
    browser.close()


@dataclass
class Watch:
    """What went wrong on the pages of a test."""

    origin: str
    found: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)  # regular expressions of what a test provokes

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("weberror", lambda error: self.found.append(f"script error: {error.error}"))
        context.on(
            "dialog", lambda dialog: (self.found.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.found.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        # The last two are the browser's own viewer of PDFs.
        ours = (self.origin + "/", "data:", "blob:", "about:", "chrome-extension:", "chrome:")
        if not request.url.startswith(ours):
            self.outside.append(request.url)

    def complaints(self) -> list[str]:
        told = [text for text in self.found if not any(re.search(pattern, text) for pattern in self.expected)]
        return told + [f"left for {url}" for url in self.outside]


@pytest.fixture
def watch(service: Instance) -> Iterator[Watch]:
    watching = Watch(service.url)
    yield watching
    assert watching.complaints() == []


@pytest.fixture
def visit(service: Instance, chromium: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """A fresh browser: `visit(phone=True, dark=True, scripts=False)`."""
    contexts: list[BrowserContext] = []

    def open_page(*, phone: bool = False, dark: bool = False, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=service.url,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=2 if phone else 1,
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            timezone_id="Europe/London",
            locale="en-GB",
        )
        context.set_default_timeout(15_000)
        watch.over(context)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(visit: Callable[..., Page], password: str) -> Callable[..., Page]:
    """`sign_in("sam@tidemark.example", phone=True)`: their inbox."""

    def sign_in_as(address: str = "nora@tidemark.example", **how: bool) -> Page:
        page = visit(**how)
        page.goto("/")
        page.get_by_label("Mail address").fill(address)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.locator("#rows .row").first.wait_for()
        page.wait_for_load_state("load")  # the scripts are there
        return page

    return sign_in_as


@pytest.fixture
def nora(sign_in: Callable[..., Page]) -> Page:
    """Nora's inbox on a desk."""
    return sign_in()


@pytest.fixture
def post(service: Instance) -> Callable[..., None]:
    """A letter from another server: `post("nora@tidemark.example", "Subject", "text")`."""

    def send(
        to: str, subject: str, text: str = "Hello.\n", *, html: str = "", sender: str = "eve@far.test"
    ) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Message-ID"] = f"<{abs(hash(subject))}@far.test>"
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        with smtplib.SMTP(
            "127.0.0.1", service.ports["SMTP"], local_hostname="mx.far.test", timeout=30
        ) as smtp:
            smtp.sendmail(sender, [to], message.as_bytes(policy=WIRE))

    return send


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep what the page looks like, for people to look at."""

    def keep(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return keep
