"""Real letters in the idioms of those who write them (tests/mail/letters): what they looked like is what is shown."""

from __future__ import annotations

import re
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from webmail.rendering import quotes, sanitize

FOLDER = Path(__file__).parents[2] / "mail" / "letters"
LETTERS = sorted(file.stem for file in FOLDER.glob("*.html"))
LOOKS = frozenset(
    """
    align valign width height bgcolor cellpadding cellspacing border colspan rowspan nowrap class dir face size scope
    start type span lang
    """.split()  # noqa: SIM905
)
# Style that may go: what only Word or WebKit reads, what moves, what leaves its place.
_GONE = re.compile(
    r"-.*|mso-(?!hide).*|caret-color|cursor|transition|transform|animation|behavior|panose-1|src|page|supported-.*"
    r"|color-scheme|print-color-adjust|[a-z]+-webkit-.*"
)
VOID = {
    "source",
    "meta",
    "link",
    "input",
    "o:p",
    "body",
    "html",
    "head",
    "script",
    "style",
    "title",
    "picture",
    "xml",
}


def source(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")


def image(address: str) -> str | None:
    return "/m/1/part/2/?inline=1" if address.startswith("cid:") else None


def proxy(address: str) -> str | None:
    return f"/images/?at={address}"


def clean(markup: str, image=image) -> sanitize.Clean:
    return sanitize.clean(markup, image, lambda rest: f"/compose/?mailto={rest}")


class Read(HTMLParser):
    """What a letter is made of, as a browser would count it."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.looks: Counter[tuple[str, str]] = Counter()
        self.styles: Counter[str] = Counter()
        self.words: list[str] = []
        self._hidden = 0
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        known = {name: value or "" for name, value in attrs}
        if tag == "img" and sanitize.trackers.is_invisible(known):
            return
        if tag in ("script", "style", "title"):
            self._hidden += 1
        if tag in VOID or tag not in sanitize._TAGS:
            return
        self.tags[tag] += 1
        self.looks.update((name, value) for name, value in known.items() if name in LOOKS)
        for declaration in known.get("style", "").split(";"):
            name, colon, _ = declaration.partition(":")
            if colon:
                self.styles[name.strip().lower()] += 1

    def handle_endtag(self, tag):
        if tag in ("script", "style", "title"):
            self._hidden -= 1

    def handle_data(self, data):
        if not self._hidden:
            self.words += data.split()


@pytest.mark.parametrize("name", LETTERS)
def test_structure_words_and_looks_survive(name: str):
    before = Read(source(name))
    after = Read(clean(source(name)).markup)
    assert "".join(after.words) == "".join(before.words)
    lost = before.tags - after.tags
    assert not +lost, lost
    new = after.tags - before.tags
    assert set(new) <= {"tbody", "div"}, new  # what the parser implies, and what <body> becomes
    looks = Counter({look: number for look, number in (before.looks - after.looks).items() if look[1]})
    assert not looks, looks


@pytest.mark.parametrize("name", LETTERS)
def test_style_loses_nothing_but_what_must_go(name: str):
    found = clean(source(name), proxy)
    before, after = Read(source(name)), Read(found.markup)
    dropped = {style for style in before.styles - after.styles if not _GONE.fullmatch(style)}
    # Letters without colours of their own take the theme's.
    assert dropped <= (set() if found.has_colours else {"color", "background", "background-color"}), dropped


@pytest.mark.parametrize("name", LETTERS)
def test_nothing_of_it_loads_before_it_is_asked_for(name: str):
    found = clean(source(name))
    everything = found.markup + found.style + found.dark_style + found.light_style
    assert not re.search(
        r"""(?:src|background|srcset|poster|data)="(?:https?:)?//|url\(["']?(?:https?:)?//""", everything
    )
    assert "@import" not in everything
    assert "@font-face" not in everything


@pytest.mark.parametrize(
    ("name", "where", "kept"),
    [
        ("mailchimp_like", "style", "@media only screen and (min-width:768px)"),
        ("mailchimp_like", "style", "#templateBody .mcnTextContent a{color:light-dark(#007c89,"),
        ("mailchimp_like", "markup", 'href="https://northquay.example/shop?roast=huila"'),
        ("outlook_word", "style", "div.MsoNormal {"[:13]),
        ("outlook_word", "markup", "border:solid windowtext 1.0pt"),
        ("airline_ticket", "markup", 'href="tel:+351210000000"'),
        ("columns_mjml_like", "style", ".mj-column-per-50{width:50%!important;max-width:50%}"),
        ("columns_mjml_like", "style", "@media screen and (min-width:480px){.moz-text-html"),
        ("columns_mjml_like", "markup", "display:inline-block"),
        ("dark_aware", "dark_style", ".bg{background-color:#101518!important}"),
        ("dark_aware", "dark_style", "@media only screen and (max-width:480px) and (min-width:0){.pad"),
        ("dark_aware", "light_style", ".night-only{display:none}"),
        ("nineties", "style", ':where([bgcolor="003366" i]){background-color:light-dark(#003366,'),
        ("nineties", "style", ':where([text="#000066" i]){color:light-dark(#000066,'),
        ("nineties", "markup", '<hr width="80%" size="3" color="#003366">'),
        ("hover_and_motion", "style", ".btn:hover{background:light-dark("),
        ("hover_and_motion", "markup", 'href="https://shop.example/?x=2"'),
        ("data_pictures", "markup", 'src="data:image/png;base64,iVBORw0KGgo'),
        ("flex_and_grid", "style", "grid-template-columns:repeat(auto-fit,minmax(140px,1fr))"),
        ("webfonts", "style", "Georgia,serif"),
        ("social_digest", "markup", 'href="https://social.example/feed?p=1"'),
        ("social_digest", "style", 'table[class="container"]{width:100%!important}'),
        ("excel_paste", "markup", '<col width="64" span="2"'),
        ("arabic", "markup", 'dir="rtl"'),
    ],
)  # fmt: skip
def test_details(name: str, where: str, kept: str):
    assert kept in getattr(clean(source(name)), where)


@pytest.mark.parametrize(
    ("name", "where", "gone"),
    [
        ("outlook_word", "style", "behavior"),
        ("outlook_word", "markup", "supportLists"),
        ("columns_mjml_like", "style", "mj-outlook-group-fix{width"),  # in a comment that only Outlook reads
        ("hover_and_motion", "style", "transition"),
        ("hover_and_motion", "style", "animation"),
        ("hover_and_motion", "style", "transform"),
        ("data_pictures", "markup", "svg"),
        ("github_like", "markup", "ld+json"),
        ("github_like", "markup", "beacon"),
        ("mailchimp_like", "markup", "track/open"),
        ("mailchimp_like", "markup", "mc_eid"),
        ("parcel_tracking", "markup", "roundrect"),
        ("dark_aware", "style", "prefers-color-scheme"),
    ],
)  # fmt: skip
def test_what_is_gone(name: str, where: str, gone: str):
    assert gone not in getattr(clean(source(name), proxy), where)


@pytest.mark.parametrize(
    ("name", "blocked", "trackers"),
    [
        ("mailchimp_like", 1, 1),
        ("github_like", 0, 1),
        ("social_digest", 1, 1),
        ("hero_background", 5, 0),
        ("receipt", 1, 0),
        ("apple_mail", 0, 0),
        ("plain_gmail", 0, 0),
    ],
)
def test_pictures_and_trackers_are_counted(name: str, blocked: int, trackers: int):
    found = clean(source(name))
    assert (found.blocked, found.trackers) == (blocked, trackers)
    shown = clean(source(name), proxy)
    assert (shown.blocked, shown.trackers) == (0, trackers)


@pytest.mark.parametrize(
    ("name", "has_colours", "turns"),
    [
        ("plain_gmail", False, True),
        ("thunderbird_reply", False, True),
        ("outlook_reply", False, True),
        ("mailchimp_like", True, True),
        ("receipt", True, True),
        ("bank_statement", True, True),
        ("flex_and_grid", True, True),
        ("dark_aware", True, True),
        ("airline_ticket", True, False),  # words on a picture
        ("hero_background", True, False),
    ],
)
def test_paper(name: str, has_colours: bool, turns: bool):
    found = clean(source(name))
    assert (found.has_colours, found.turns) == (has_colours, turns)


@pytest.mark.parametrize(
    "name",
    [
        "apple_mail",
        "gmail_reply",
        "thunderbird_reply",
        "outlook_reply",
        "outlook_desktop_reply",
        "yahoo_reply",
        "proton_reply",
    ],
)
def test_what_is_quoted_is_folded(name: str):
    shown = quotes.fold(clean(source(name)).markup, "Show")
    before, _, folded = shown.partition("<details>")
    said = re.sub(r"<[^<>]*>", " ", before)
    assert not re.search(
        r"nora@tidemark|wrote:|schrieb|From:|De\s*:|would like|Zeichnungen|drawings in|Voici", said
    )
    assert len(Read(said).words) >= 3
    assert "Nora" in folded or "north" in folded


@pytest.mark.parametrize(
    "name", [name for name in LETTERS if not name.endswith("reply") and name != "apple_mail"]
)
def test_what_is_no_quotation_is_not(name: str):
    markup = clean(source(name)).markup
    assert quotes.fold(markup, "Show") == markup


def test_it_takes_a_moment():
    """A letter as they come, in milliseconds: the slowest of these on a busy machine."""
    slowest = 0.0
    for name in LETTERS:
        text = source(name)
        best = 9.0
        for _ in range(5):
            started = time.process_time()
            quotes.fold(clean(text).markup, "Show")
            best = min(best, time.process_time() - started)
        slowest = max(slowest, best)
    assert slowest < 0.05
