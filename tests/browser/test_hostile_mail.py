"""SECURITY D01–D08 in a real browser: nothing runs, nothing leaves, nothing covers the page around it.

The whole corpus in a few conversations: each case is an HTML part of its own, so each has a frame of its own, and no
case can swallow the next. `watch` (conftest.py) fails on every dialog, script error, policy violation and request to
another origin; the `canary` counts connections, which also tells of those that no script of the browser sees
(preconnected hosts, pings): every name under .test and .example leads to it.
"""

from __future__ import annotations

import contextlib
import shutil
import smtplib
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP as WIRE
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw
from playwright.sync_api import Browser, Error, Page, Playwright

from tests.browser.conftest import FLAGS, Watch
from tests.interop.instance import Instance
from tests.webmail.rendering import hostile

VICTIM = "theo@tidemark.example"
IN_A_LETTER, IN_A_THREAD = 18, 6
TALL = {"width": 1280, "height": 8_000}
SONG = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    b"<link rel=preconnect href=http://pre.test><img src=http://e.test/x>"
)

Sender = Callable[[list[bytes]], None]


class Canary:
    """Listens where everything that would leave the machine is led to, and counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.visits: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                visitor, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[visitor], daemon=True).start()

    def _answer(self, visitor: socket.socket) -> None:
        self.visits.append(b"connected")
        with visitor, contextlib.suppress(OSError):
            visitor.settimeout(10)
            self.visits.append(visitor.recv(65_536).split(b" HTTP")[0])
            visitor.sendall(SONG)

    def close(self) -> None:
        self._socket.close()


HURT = '"><img src=http://e.test/x onerror=alert(1)><script>alert(1)</script>'
HOSTILE_ICS = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
METHOD:REQUEST
BEGIN:VEVENT
UID:x{HURT}
DTSTAMP:20261101T100000Z
DTSTART:20261201T100000Z
SUMMARY:{HURT}
LOCATION:{HURT}
URL:javascript:alert(1)
DESCRIPTION:<details/open/ontoggle="alert(1)">{HURT}
ORGANIZER;CN="x{HURT.replace('"', "")}":mailto:eve@far.test
ATTENDEE;RSVP=TRUE:mailto:{VICTIM}
END:VEVENT
END:VCALENDAR
"""
HOSTILE_CARD = f"""BEGIN:VCARD
VERSION:4.0
FN:{HURT}
EMAIL:x@far.test
URL:javascript:alert(1)
PHOTO:http://e.test/x
NOTE:{HURT}
END:VCARD
"""
DOCUMENT = (
    "<html xmlns='http://www.w3.org/1999/xhtml'><img src='http://e.test/x'/><script>alert(1)</script></html>"
)
DRAWING = (
    "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script><image href='http://e.test/x'/></svg>"
)
ATTACHED = [  # type, name, content
    ("text/html", "page.html", DOCUMENT),
    ("application/xhtml+xml", "page.xhtml", DOCUMENT),
    ("text/xml", "page.xml", DOCUMENT),  # Roundcube CVE-2020-13965
    ("image/svg+xml", "drawing.svg", DRAWING),
    ("image/png", "picture.png", DRAWING),
    ("text/plain", "note.txt", DOCUMENT),
    ("text/markdown", f"{HURT}.{HURT}", HURT),  # Roundcube CVE-2021-44025
    (f'text/x"{HURT}', "type.bin", HURT),  # Roundcube CVE-2023-47272, 1.7.4
    ("text/enriched", "rich.txt", f"<bold>{HURT}</bold><param>{HURT}</param>"),
    ("text/calendar; method=REQUEST", "invite.ics", HOSTILE_ICS),
    ("text/vcard", "card.vcf", HOSTILE_CARD),
    (
        "application/pdf",
        "paper.pdf",
        "%PDF-1.3\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
    ),
    ("message/external-body; access-type=URL; url=http://e.test/x", "", f"Content-Type: text/html\n\n{HURT}"),
    ("message/rfc822", "", f"From: {HURT}@x.test\nSubject: {HURT}\nContent-Type: text/html\n\n{DOCUMENT}"),
]


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    bird = Canary()
    yield bird
    bird.close()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright, canary: Canary) -> Iterator[Browser]:
    """A browser for which the canary is the rest of the world."""
    rules = ", ".join(f"MAP *.{domain} 127.0.0.1:{canary.port}" for domain in ("test", "example"))
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=[*FLAGS, f"--host-resolver-rules={rules}"]
    )
    yield browser
    browser.close()


@pytest.fixture
def post_all(service: Instance) -> Sender:
    """Letters from a stranger."""

    def send(letters: list[bytes]) -> None:
        with smtplib.SMTP(
            "127.0.0.1", service.ports["SMTP"], local_hostname="mx.far.test", timeout=60
        ) as smtp:
            for letter in letters:
                smtp.sendmail("eve@far.test", [VICTIM], letter)

    return send


def letters(cases: list[str], word: str, in_a_letter: int = IN_A_LETTER) -> list[bytes]:
    """Enough letters to hold the cases, a few to a conversation."""
    found = []
    for number, at in enumerate(range(0, len(cases), in_a_letter)):
        thread = f"{word}-{number // IN_A_THREAD}"
        letter = MIMEMultipart("mixed")
        letter["From"], letter["To"], letter["Subject"] = "eve@far.test", VICTIM, f"Re: {thread} {word}"
        letter["Message-ID"] = f"<{number}.{thread}@far.test>"
        letter["References"] = f"<{thread}@far.test>"
        for markup in cases[at : at + in_a_letter]:
            letter.attach(MIMEText(markup, "html", "utf-8"))
        found.append(letter.as_bytes(policy=WIRE))
    return found


def a_letter_of_other_things() -> bytes:
    """What is hostile in it stands anywhere but in an HTML body: header, text, names, types, attachments."""
    lines = [
        f'From: "x{HURT.replace(chr(34), "")}" <eve@far.test>',
        f"To: =?utf-8?q?{''.join(f'={ord(c):02X}' for c in HURT)}?= <{VICTIM}>",
        f"Subject: around {HURT}",
        "Message-ID: <around@far.test>",
        f"Reply-To: {HURT} <other@far.test>",
        f"List-Id: {HURT} <x.far.test>",
        "List-Unsubscribe: <javascript:alert(1)>, <http://e.test/leave>",
        f"Disposition-Notification-To: {HURT} <eve@far.test>",
        f"Received: from {HURT} (e.test [192.0.2.1]) by {HURT} with SMTP; Sat, 21 Nov 2026 10:00:00 +0000",
        f"Authentication-Results: {HURT}; spf=pass",
        f"X-Face: {HURT}",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "",
        *(markup.replace("\r", "").replace("\n", " ") for markup in hostile.cases().values()),
    ]
    for kind, name, content in ATTACHED:
        encoded = urllib.parse.quote(name)
        lines += ["--b", f"Content-Type: {kind}"]
        if name:
            lines.append(f"Content-Disposition: attachment; filename*=utf-8''{encoded}")
        lines += ["", *content.split("\n")]
    return "\r\n".join([*lines, "--b--", ""]).encode("utf-8")


def conversations(page: Page, word: str, count: int) -> list[str]:
    """The addresses of those conversations, once all have come."""
    page.goto(f"/search/?q=subject:{word}")
    page.wait_for_function("count => document.querySelectorAll('#rows .row').length >= count", arg=count)
    links: list[str] = page.locator("#rows .row__link").evaluate_all("all => all.map(link => link.href)")
    assert len(links) == count
    return links


def ready(page: Page) -> int:
    """Wait until every letter is there and as high as it wants to be; how many there are."""
    page.wait_for_function(
        """() => [...document.querySelectorAll("iframe[data-body]")].every(
             (frame) => frame.contentDocument?.readyState === "complete" && frame.style.blockSize)"""
    )
    return page.locator("iframe[data-body]").count()


def click_everything(page: Page) -> None:
    """All there is in the letters, in place: a link would open a tab and an address the composer, as they should."""
    page.evaluate(
        """() => document.querySelectorAll("iframe[data-body]").forEach((frame) => {
             const letter = frame.contentDocument;
             letter.addEventListener("click", (event) => event.preventDefault());
             const all = [...letter.querySelectorAll("a, button, summary, p, area, [tabindex]")];
             all.filter((item) => !item.href?.includes("/compose/")).forEach((item) => {
               item.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
               item.focus();
               item.click();
             });
           })"""
    )


def assert_stays_in_its_frame(page: Page) -> None:
    """Not one pixel beside the letters depends on what is in them.

    Each frame is cut down to a strip, so that all of them are in one picture; then the picture is taken with the
    letters there and with the letters away, and what is not frame must be the same.
    """
    # What is focused or hovered may change with time, and so may a caret.
    page.mouse.move(0, 0)
    page.evaluate(
        """() => { document.activeElement?.blur(); document.querySelectorAll("iframe[data-body]").forEach((frame) =>
             frame.style.setProperty("block-size", "20px", "important")); }"""
    )
    boxes = page.locator("iframe[data-body]").evaluate_all(
        """all => all.map((frame) => { const box = frame.getBoundingClientRect();
             return [Math.floor(box.left), Math.floor(box.top), Math.ceil(box.right), Math.ceil(box.bottom)]; })"""
    )
    pictures = []
    for visibility in ("visible", "hidden"):
        page.evaluate(
            "(how) => document.querySelectorAll('iframe[data-body]').forEach((f) => { f.style.visibility = how; })",
            visibility,
        )
        picture = Image.open(BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
        draw = ImageDraw.Draw(picture)
        for left, top, right, bottom in boxes:
            draw.rectangle((left, top, right - 1, bottom - 1), fill=0)
        pictures.append(picture)
    # The edge of a rounded corner is drawn a shade darker or lighter from one time to the next.
    differs = ImageChops.difference(*pictures).point(lambda value: 255 if value > 40 else 0).getbbox()
    assert differs is None, [box for box in boxes if box[1] - 80 < differs[1] < box[3] + 80]


def assert_same_page(page: Page, watch: Watch, canary: Canary, address: str) -> None:
    """Nobody was led away, nothing was opened, nobody was told."""
    assert page.url == address
    assert page.context.pages == [page]
    assert watch.complaints() == []
    assert canary.visits == []


def test_the_canary_sings(chromium: Browser, canary: Canary):
    """That it counts what would leave, or the rest of this file would prove nothing."""
    page = chromium.new_page()
    page.goto("http://canary.test/")
    page.wait_for_function("document.images[0].complete")
    for _try in range(60):
        if canary.visits.count(b"connected") >= 3:
            break
        page.wait_for_timeout(250)
    page.close()
    assert {b"GET /", b"GET /x"} <= set(canary.visits)
    assert canary.visits.count(b"connected") >= 3  # the one that only connected too


def test_no_letter_reaches_beyond_its_frame(
    sign_in: Callable[..., Page], post_all: Sender, watch: Watch, canary: Canary
):
    cases = list(hostile.everything().values())
    sent = letters(cases, "hostile")
    post_all(sent)
    page = sign_in(VICTIM)
    canary.visits.clear()
    page.set_viewport_size(TALL)  # type: ignore[arg-type]
    frames = 0
    for link in conversations(page, "hostile", -(-len(sent) // IN_A_THREAD)):
        address = link + ("&" if "?" in link else "?") + "all=1"
        page.goto(address)
        frames += ready(page)
        heights = page.locator("iframe[data-body]").evaluate_all("all => all.map((f) => f.clientHeight)")
        assert max(heights) <= 60_000
        click_everything(page)
        assert_stays_in_its_frame(page)
        assert_same_page(page, watch, canary, address)
    assert frames >= len(cases) - 8  # a part of which nothing is left needs no frame


def test_no_letter_reaches_its_quotation(
    sign_in: Callable[..., Page], post_all: Sender, watch: Watch, canary: Canary
):
    """An answer quotes the original, and the writer's editor is no frame: the page's own policy must hold too."""
    cases = list(hostile.everything().values())
    post_all(letters(["<hr>".join(cases[at::6]) for at in range(6)], "quotable", 1))
    page = sign_in(VICTIM)
    canary.visits.clear()
    [link] = conversations(page, "quotable", 1)
    page.goto(link + "&all=1")
    answers = page.locator("article .menu__item[href*='/compose/reply/']").evaluate_all(
        "all => all.map((a) => a.href)"
    )
    assert len(answers) == 6
    for address in answers:
        page.goto(address)
        page.locator("#composer .letter__rich, .letter .letter__rich").first.wait_for()
        page.locator(".letter__dots").click()
        page.frame_locator(".letter__frame").locator("body").wait_for()
        page.locator("[data-do=inline]").click()
        page.locator(".letter__rich blockquote").first.wait_for()
        assert watch.complaints() == [] and canary.visits == []


def test_nothing_around_a_letter_does_harm(
    sign_in: Callable[..., Page], post_all: Sender, watch: Watch, canary: Canary
):
    """Names, subjects, traces, lists, cards, invitations, and every attachment opened as the page offers it."""
    watch.expected.append("status of 404")  # a damaged picture has no preview
    post_all([a_letter_of_other_things()])
    page = sign_in(VICTIM)
    canary.visits.clear()
    [link] = conversations(page, "around", 1)
    page.goto(link)
    ready(page)
    message = page.locator("[data-message]").last.get_attribute("data-message")
    offered: list[str] = page.locator("[data-message] a[href^='/m/'], a[data-card]").evaluate_all(
        "all => [...new Set(all.map((link) => link.href))]"
    )
    assert len(offered) > 2 * len(ATTACHED)
    for address in [*offered, f"/compose/reply/{message}/", f"/compose/forward/{message}/"]:
        if "download=1" in address or "/zip" in address:
            continue
        with contextlib.suppress(Error):  # "Download is starting" is what should happen to most of them
            page.goto(address)
            page.wait_for_load_state("load")
        assert watch.complaints() == [] and canary.visits == [], address


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_one_by_one(sign_in: Callable[..., Page], post_all: Sender, watch: Watch, canary: Canary):
    """Each case as a letter of its own, opened alone on a page of usual size."""
    cases = hostile.everything()
    found = {}
    for number, (name, markup) in enumerate(cases.items()):
        letter = MIMEText(markup, "html", "utf-8")
        letter["From"], letter["To"], letter["Subject"] = "eve@far.test", VICTIM, f"single{number}"
        letter["Message-ID"] = f"<single-{number}@far.test>"
        found[f"single{number}"] = (name, letter.as_bytes(policy=WIRE))
    post_all([letter for _name, letter in found.values()])
    page = sign_in(VICTIM)
    canary.visits.clear()
    for subject, (name, _letter) in found.items():
        [address] = conversations(page, subject, 1)
        page.goto(address)
        ready(page)
        click_everything(page)
        assert_stays_in_its_frame(page)
        assert page.locator(".bar__brand").is_visible(), name
        assert_same_page(page, watch, canary, address)
