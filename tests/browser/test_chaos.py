"""Letters while things break: the tab crashes, the network goes, the server is killed, at random moments.

Whatever happens, at most two seconds of typing are lost, a letter is one draft, and it arrives once.

    tests/run tests/browser/test_chaos.py -m slow -s                 # 200 trials, about half an hour
    CHAOS_TRIALS=20 CHAOS_SEED=7 tests/run tests/browser/test_chaos.py -m slow -s

What is typed are numbered words, each with the moment it was on the screen; so what is missing afterwards has an age.
"""

from __future__ import annotations

import contextlib
import math
import os
import quopri
import random
import re
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as BrowserError

from tests.interop.instance import Instance, Person, eventually

TRIALS = int(os.environ.get("CHAOS_TRIALS", "200"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
MAY_BE_LOST = 2.0  # seconds
PATIENCE = 90_000  # ms: a killed server starts again meanwhile
OFTEN = (*["crash"] * 3, *["close"] * 2, *["network"] * 3, *["server"] * 3, "everything")


@dataclass
class Writing:
    """One letter: what was typed when, and what became of it."""

    subject: str
    typed: list[tuple[float, str]] = field(default_factory=list)
    place: str = ""
    broke_at: float = 0.0

    def lost(self, text: str) -> float:
        """How many seconds before the break the first word that is missing was typed."""
        missing = [at for at, word in self.typed if at < math.inf and not re.search(rf"\b{word}\b", text)]
        return max(0.0, self.broke_at - min(missing)) if missing else 0.0


class Chaos:
    """A writer, a service and whatever may happen to both."""

    def __init__(self, service: Instance, context: BrowserContext, writer: Person, reader: Person) -> None:
        self.service, self.context, self.writer, self.reader = service, context, writer, reader
        self.random = random.Random(SEED)
        self.is_sending = False
        self.kinds: Counter[str] = Counter()
        self.worst = 0.0
        self.sent: list[str] = []

    # --- steps

    def inbox(self) -> Page:
        page = self.context.new_page()
        page.goto("/")
        if page.url.partition("?")[0].endswith("/login/"):
            page.get_by_label("Mail address").fill(self.writer.address)
            page.get_by_label("Password").fill(self.writer.password)
            page.get_by_role("button", name="Sign in").click()
        page.locator(".rail__write").wait_for()
        page.wait_for_load_state("load")
        return page

    def begin(self, page: Page, subject: str, to: str) -> Writing:
        page.locator(".rail__write").click()
        expect(page.locator("#composer .letter__rich")).to_be_visible()
        if to:
            page.keyboard.type(f"{to},")
        page.locator("#composer [name=subject]").fill(subject)
        page.get_by_role("textbox", name="Message").focus()
        place = page.locator("#composer form[data-letter]").get_attribute("data-page") or ""
        return Writing(subject, place=place)

    def type(self, page: Page, letter: Writing, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            word = f"w{len(letter.typed) + 1}"
            page.keyboard.type(f"{word} ")
            letter.typed.append((time.monotonic(), word))
            time.sleep(self.random.uniform(0.03, 0.2))

    # --- disasters: each leaves a page that lives or says that it does not

    def crash(self, page: Page, letter: Writing) -> bool:
        """The renderer dies; no handler of the page runs."""
        letter.broke_at = time.monotonic()
        with contextlib.suppress(BrowserError):
            page.goto("chrome://crash", timeout=3_000)
        page.close()
        return False

    def close(self, page: Page, letter: Writing) -> bool:
        letter.broke_at = time.monotonic()
        page.close()
        return False

    def network(self, page: Page, letter: Writing) -> bool:
        letter.broke_at = time.monotonic()
        self.context.set_offline(True)
        return self.meanwhile(page, letter, lambda: self.context.set_offline(False))

    def server(self, page: Page, letter: Writing) -> bool:
        """What answers browsers is killed; the supervisor starts it again."""
        letter.broke_at = time.monotonic()
        for process in self.service.processes("manage.py web"):
            with contextlib.suppress(psutil.NoSuchProcess):
                for one in (*process.children(recursive=True), process):
                    one.kill()
        return self.meanwhile(page, letter, lambda: eventually(self.answers, 60))

    def answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{self.service.url}/health/", timeout=5) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def everything(self, page: Page, letter: Writing) -> bool:
        """All processes at once, as by a power cut."""
        letter.broke_at = time.monotonic()
        self.service.kill()
        again = threading.Thread(target=self.service.start)
        return self.meanwhile(page, letter, lambda: (again.start(), again.join()))

    def meanwhile(self, page: Page, letter: Writing, repair) -> bool:
        """Typing goes on for a while; sometimes the tab dies too before it is mended."""
        if not self.is_sending:
            with contextlib.suppress(BrowserError):
                page.get_by_role("textbox", name="Message").focus(timeout=500)
                self.type(page, letter, self.random.uniform(0, 3))
        lives = self.random.random() < 0.6 or self.crash(page, letter)
        repair()
        return lives

    # --- one trial

    def trial(self, number: int, *, kinds: tuple[str, ...], is_sending: bool | None = None) -> None:
        kind = self.random.choice(kinds)
        if is_sending is None:
            is_sending = self.random.random() < 0.4
        self.is_sending = is_sending
        self.kinds[f"{kind}{' while sending' if is_sending else ''}"] += 1
        page = self.inbox()
        letter = self.begin(page, f"Trial {number} of {SEED}", self.reader.address)
        self.type(page, letter, self.random.uniform(0.2, 3))
        if is_sending:
            page.keyboard.press("Control+Enter")
            time.sleep(self.random.uniform(0, 0.8))
        lives = getattr(self, kind)(page, letter)
        if not is_sending:
            self.recovered(page if lives else None, letter)
            return
        self.sent_once(page if lives else None, letter)

    def recovered(self, page: Page | None, letter: Writing) -> None:
        """The text is there again, in one draft; then it goes to the bin."""
        is_same = page is not None
        page = page or self.found(letter)
        if page is None:
            text = ""
        else:
            if not is_same:
                text = page.get_by_role("textbox", name="Message").inner_text()
                self.touch(page, letter)
            # What the page holds reaches the server, where it was typed too late for a word of its own.
            kept = eventually(lambda: self.kept(letter, letter.typed[-1][1]), PATIENCE // 1000)
            text = kept if is_same else text
        self.count_losses(letter, text)
        drafts = self.service.subjects(self.writer, "Drafts").count(letter.subject)
        assert drafts == (page is not None), f"{letter.subject}: {drafts} drafts"
        if page is not None:
            page.get_by_role("button", name="Throw the draft away").click()
            expect(page.locator("form[data-letter]")).to_have_count(0)
            page.close()

    def touch(self, page: Page, letter: Writing) -> None:
        """A last word, once the editor is there; it is not counted among those that may be lost."""
        box = page.get_by_role("textbox", name="Message")
        expect(page.locator("form[data-letter] :focus")).to_have_count(1)
        box.focus()
        page.keyboard.press("Control+End")
        word = f"w{len(letter.typed) + 1}"
        page.keyboard.type(f" {word} ")
        letter.typed.append((math.inf, word))

    def kept(self, letter: Writing, word: str) -> str:
        """The draft as other programs see it, if it has that word."""
        for raw in self.service.messages(self.writer, "Drafts"):
            if f"Subject: {letter.subject}\r\n".encode() in raw and re.search(rf"\b{word}\b".encode(), raw):
                return quopri.decodestring(raw).decode(errors="replace")
        return ""

    def count_losses(self, letter: Writing, text: str) -> None:
        lost = letter.lost(text)
        self.worst = max(self.worst, lost)
        assert lost <= MAY_BE_LOST, f"{letter.subject}: {lost:.2f} s lost, of {letter.typed} is left {text!r}"

    def found(self, letter: Writing) -> Page | None:
        """As its writer would look for it: the notice of the mailbox, or the folder of drafts."""
        page = self.inbox()
        drafts = self.service.subjects(self.writer, "Drafts")
        if letter.subject in drafts:
            page.goto(letter.place)
        elif any(key.startswith("letter ") for key in page.evaluate("Object.keys(localStorage)")):
            page.locator(".rescue__open", has_text=letter.subject).click()
        else:
            page.close()
            return None
        expect(page.get_by_role("textbox", name="Message")).to_be_visible()
        return page

    def sent_once(self, page: Page | None, letter: Writing) -> None:
        """It went, or it is still a draft and goes when its writer asks again."""
        if page is not None:
            gone = page.locator("form[data-letter]")
            eventually(
                lambda: not gone.count() or page.locator(".letter__problem").is_visible(), PATIENCE // 1000
            )
            if gone.count():  # "Not sent: no connection."
                page.get_by_role("button", name="Send", exact=True).click()
            expect(gone).to_have_count(0, timeout=PATIENCE)
            page.close()
        elif letter.subject not in self.service.subjects(self.writer, "Sent"):
            page = self.found(letter)
            if page is None:  # it broke before anything was saved
                return self.count_losses(letter, "")
            self.count_losses(letter, page.get_by_role("textbox", name="Message").inner_text())
            expect(page.locator("form[data-letter] :focus")).to_have_count(1)
            page.keyboard.press("Control+Enter")
            expect(page.get_by_text("Sent.")).to_be_visible()  # with the way back, also on a page of its own
            page.close()
        self.sent.append(letter.subject)
        return None

    def arrived(self) -> None:
        """Every letter that was sent is there once: with its reader, and in Sent; none is a draft as well."""

        def counted() -> bool:
            subjects = self.service.subjects(self.reader)
            return all(subject in subjects for subject in self.sent)

        eventually(counted, 90)
        time.sleep(3)  # a second copy would come now
        inbox = Counter(self.service.subjects(self.reader))
        kept = Counter(self.service.subjects(self.writer, "Sent"))
        drafts = Counter(self.service.subjects(self.writer, "Drafts"))
        for subject in self.sent:
            assert (inbox[subject], kept[subject], drafts[subject]) == (1, 1, 0), subject

    def afresh(self) -> None:
        """After a trial that failed, for the next."""
        for page in self.context.pages:
            page.close()
        self.context.set_offline(False)
        eventually(self.answers, 60)

    def report(self) -> str:
        told = ", ".join(f"{count} × {kind}" for kind, count in sorted(self.kinds.items()))
        return f"{told}; {len(self.sent)} sent once each; worst loss {self.worst:.2f} s"


@pytest.fixture
def chaos(tmp_path: Path, chromium: Browser) -> Iterator[Chaos]:
    """A service of its own, which may be killed."""
    service = Instance(tmp_path, "example.org", MAIL_LISTENERS=1, MAIL_UNDO_SECONDS=1)
    try:
        service.start(seconds=90)
        writer, reader = service.add_account("ann"), service.add_account("bob")
        context = chromium.new_context(base_url=service.url, locale="en-GB")
        context.set_default_timeout(30_000)
        yield Chaos(service, context, writer, reader)
        context.close()
    finally:
        service.kill()


@pytest.mark.parametrize("kind", ["crash", "network"])
def test_a_letter_survives(service: Instance, chromium: Browser, password: str, kind: str):
    """One of each in every run; nothing is killed that other tests live on."""
    context = chromium.new_context(base_url=service.url, locale="en-GB")
    context.set_default_timeout(15_000)
    nora, sam = (Person(f"{name}@tidemark.example", password) for name in ("nora", "sam"))
    Chaos(service, context, nora, sam).trial(0 if kind == "crash" else 1, kinds=(kind,), is_sending=False)
    context.close()


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_nothing_is_lost_and_nothing_goes_twice(chaos: Chaos):
    started = time.monotonic()
    wrong = []
    for number in range(TRIALS):
        try:
            chaos.trial(number, kinds=OFTEN)
        except (AssertionError, BrowserError) as problem:
            wrong.append(f"trial {number}: {str(problem)[:400]}")
            print(wrong[-1], flush=True)
            chaos.afresh()
        told = f"{chaos.report()}; {len(wrong)} wrong"
        print(f"{number + 1:4} after {time.monotonic() - started:5.0f} s: {told}", flush=True)
    chaos.arrived()
    assert wrong == []
