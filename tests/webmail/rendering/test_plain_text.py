"""Plain letters: every character escaped once, links live, quotations folded. SECURITY C19, D12."""

from __future__ import annotations

import re
import time

import pytest

from webmail.rendering import plain_text


def html(text: str) -> str:
    return str(plain_text.html(text, lambda rest: f"/compose/?mailto={rest}"))


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("see https://a.test/x.", "https://a.test/x", "https://a.test/x"),
        ("(https://a.test/x)", "https://a.test/x", "https://a.test/x"),
        ("https://a.test/x_(y)", "https://a.test/x_(y)", "https://a.test/x_(y)"),
        ("<https://a.test/x>", "https://a.test/x", "https://a.test/x"),
        ("www.a.test/x!", "https://www.a.test/x", "www.a.test/x"),
        ("HTTP://A.TEST/", "HTTP://A.TEST/", "HTTP://A.TEST/"),
        ("https://a.test/?a=1&b=2", "https://a.test/?a=1&amp;b=2", "https://a.test/?a=1&amp;b=2"),
        ("write to ann@a.test, please", "/compose/?mailto=ann@a.test", "ann@a.test"),
        ("mailto:ann@a.test", "/compose/?mailto=ann@a.test", "mailto:ann@a.test"),
        ("https://a.test/日本", "https://a.test/日本", "https://a.test/日本"),
    ],
)
def test_links(text: str, address: str, shown: str):
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">{shown}</a>' in html(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        'https://a.test/"onmouseover="alert(1)',
        "https://a.test/'onmouseover='alert(1)",
        "https://a.test/<script>alert(1)</script>",
        "javascript:alert(1)",
        "java\x00script:alert(1)",
        "http://javascript:alert(1)@x",
        "##str_replacement_0##",
        "[[0]] {0} %s \x00 \x01",
        'https://a.test/"><img src=x onerror=alert(1)>',
        'a@b.test"onclick=alert(1)',
        '> <b>quoted</b>\n> https://x.test/"><b>\n' * 9,
        "-- \n<b>sig</b>",
        "On <b>Monday</b> wrote:\n> x\n> x\n> x\n> x",
    ],
)
def test_no_markup_comes_from_the_letter(text: str):
    shown = html(text)
    allowed = re.sub(
        r'<a href="(?:https?://|/compose/)[^"<>]*" target="_blank" rel="noopener noreferrer nofollow">|</a>'
        r'|</?details(?: class="quoted")?>|<summary aria-label="[\w ]*">···</summary>'
        r'|<div class="quoted__text">|</div>|<p class="quoted__from">|</p>|<span class="letter__signature">|</span>',
        "",
        shown,
        flags=re.IGNORECASE,
    )
    assert "<" not in allowed
    assert ">" not in allowed


def test_the_last_quotation_is_folded_with_its_introduction():
    shown = html("Yes.\n\nOn Monday Ann wrote:\n> one\n> two\n> three\n> four\n")
    assert shown.startswith("Yes.")
    assert '<details class="quoted">' in shown
    assert shown.index("<details") < shown.index("On Monday") < shown.index("one")


def test_a_short_quotation_between_answers_stays_open():
    shown = html("> Tea?\nYes.\n> Milk?\nNo.\n")
    assert "<details" not in shown
    assert shown.count("quoted__text") == 2


def test_the_signature_is_set_apart():
    assert '<span class="letter__signature">-- \nBob</span>' in html("Bye\n-- \nBob")


@pytest.mark.parametrize(
    "text",
    [
        "https://a.test/" + "(" * 500_000,
        "http://" * 100_000,
        "a@" * 300_000,
        "a." * 300_000 + "@",
        "a" * 600_000,
        ">" * 600_000,
        ("> " * 5_000 + "x\n") * 50,
        "www." * 150_000,
        "https://a.test/" + "." * 590_000,
        "\n" * 600_000,
        "x:\n> y\n" * 60_000,
        "-- \n" * 100_000,
    ],
    ids=lambda text: f"{text[:10]!r}…{len(text)}",
)
def test_hostile_text_is_quick(text: str):
    started = time.process_time()
    html(text)
    assert time.process_time() - started < 3
