"""The quotation that ends an HTML letter is folded; the letter itself never is."""

from __future__ import annotations

import time

import pytest

from webmail.rendering import quotes

LONG = "<p>" + "quoted words " * 30 + "</p>"


@pytest.mark.parametrize(
    ("markup", "folded"),
    [
        (
            f'<p>Yes.</p><blockquote type="cite">{LONG}</blockquote>',
            f'<blockquote type="cite">{LONG}</blockquote>',
        ),
        (
            f'<p>Yes.</p><div class="gmail_quote">{LONG}<div>x</div></div>',
            f'<div class="gmail_quote">{LONG}<div>x</div></div>',
        ),
        (
            f'<p>Yes.</p><p>On Monday Ann wrote:</p><blockquote type="cite">{LONG}</blockquote>',
            f'<p>On Monday Ann wrote:</p><blockquote type="cite">{LONG}</blockquote>',
        ),
    ],
)
def test_folded(markup: str, folded: str):
    shown = quotes.fold(markup, "Show <quoted> text")
    assert shown.startswith("<p>Yes.</p><details><summary ")
    assert shown.endswith(f"{folded}</details>")
    assert "&lt;quoted&gt;" in shown


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Yes.</p>",
        '<p>Yes.</p><blockquote type="cite">short</blockquote>',
        f'<blockquote type="cite">{LONG}</blockquote>',  # nothing but the quotation
        f'<p>Yes.</p><blockquote type="cite">{LONG}</blockquote><p>and an answer below it</p>',
        f'<p>Yes.</p><blockquote type="cite">{LONG}',
    ],
)
def test_left_as_it_is(markup: str):
    assert quotes.fold(markup, "x") == markup


@pytest.mark.parametrize(
    "markup",
    [
        "<div " * 100_000,
        '<div class="' * 50_000,
        "<p>x:</p>" * 60_000,
        '<div class="quote">' * 50_000,
        "<p>x</p>" + "<div>" * 50_000 + '<div class="quote">' + "y" * 300 + "</div>" * 50_001,
        "<p>x</p>" + '<div style="border-top:solid">From: ' * 20_000,
        "<p>"
        + "<a href=x>b</a><span>" * 20_000
        + ':</p><blockquote type="cite">'
        + "y" * 300
        + "</blockquote>",
        "<p>" + "x<b></b>" * 200 + '</p><blockquote type="cite">' + "y" * 300 + "</blockquote>",
        "<p>x</p>" + "<div><br></div>" * 30_000 + '<div id="appendonsend"></div>' + "y" * 300,
    ],
    ids=lambda markup: f"{markup[:20]}…{len(markup)}",
)
@pytest.mark.timeout(20)
def test_hostile_size_is_quick(markup: str):
    started = time.process_time()
    quotes.fold(markup, "x")
    assert time.process_time() - started < 3
