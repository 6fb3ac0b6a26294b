"""Text of parts: format=flowed (RFC 3676), HTML as words, previews, names of attachments (RFC 2183)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message import flowed, html_text
from mailcore.message.attachments import decoded_size, safe_name
from mailcore.message.part import Part
from mailcore.message.summary import summarize

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("one \ntwo\nthree", "one two\nthree"),
        (" From x\n  y", "From x\n y"),
        ("> a \n> b\nc", "> a b\nc"),
        (">> a \n> b", ">> a \n> b"),
        ("x \n-- \nAnn", "x \n-- \nAnn"),
        ("one \n", "one "),
    ],
)
def test_flowed_text_is_unwrapped(sent, read):
    assert flowed.unwrap(sent) == read


def test_delsp_joins_without_the_blank():
    assert flowed.unwrap("日 \n本", delsp=True) == "日本"


@given(st.lists(st.text(alphabet="abc >-F", max_size=200).map(str.rstrip), max_size=8))
def test_what_is_wrapped_is_unwrapped(paragraphs):
    lines = [line for line in paragraphs if not line.startswith(">") and line != "--"]
    text = "\n".join(lines)
    wrapped = flowed.wrap(text)
    assert flowed.unwrap(wrapped) == text
    assert all(len(line) <= 72 for line in wrapped.split("\n") if " " in line[1:71].strip())


@pytest.mark.parametrize(
    ("markup", "words", "lines"),
    [
        ("<p>a</p><p>b</p>", "a b", "a\n\nb"),
        ("a<br>b", "a b", "a\nb"),
        ("<b>W</b>ord &amp; <i>more</i>", "Word & more", "Word & more"),
        ("<style>p{}</style>x<script>y</script>z<!-- c -->", "x z", "x z"),
        ("<head><title>t</title></head>x", "x", "x"),
        ("<td>a</td><td>b</td>", "a b", "a b"),
        ("1 &lt; 2 &euro;", "1 < 2 €", "1 < 2 €"),
        ("a\u200b\u200c b", "a b", "a b"),
        ("<style>never closed", "never closed", "never closed"),
        ("x <a href='", "x", "x"),
    ],
)
def test_html_says_words(markup, words, lines):
    assert html_text.words(markup) == words
    assert html_text.lines(markup) == lines


@pytest.mark.parametrize(
    "markup",
    [
        "<style" * 100_000,
        "<style>" * 100_000,
        "<!--" * 100_000,
        "<div>" * 100_000,
        "<a '" * 100_000,
        "&" * 300_000,
        " \n" * 300_000,
        "<" * 500_000,
    ],
    ids=lambda markup: markup[:8],
)
def test_hostile_html_is_linear(markup):
    """SECURITY C18."""
    began = time.process_time()
    html_text.lines(markup)
    html_text.words(markup)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"Hello\r\n> quoted\r\nWorld\r\n-- \r\nAnn\r\n", "Hello World"),
        (b"On Monday, Bob wrote:\r\n> all quoted\r\n", "On Monday, Bob wrote: > all quoted"),
        (b"\r\n\r\n", ""),
        (b"", ""),
        (b"word " * 100, ("word " * 40).strip() + "…"),
    ],
)
def test_the_preview_is_what_is_new(body, said):
    assert summarize(b"Subject: x\r\n\r\n" + body, NOW).preview == said


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\windows\\evil.exe", "evil.exe"),
        ("..", ""),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("a\0b\r\nc.txt", "ab c.txt"),
        ("a folded\r\n name.txt", "a folded name.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a<b>:c|d?.txt", "a_b__c_d_.txt"),
        (" .hidden. ", "hidden"),
        ("x" * 5000 + ".pdf", "x" * 196 + ".pdf"),
        ("日本語.txt", "日本語.txt"),
        ("/", ""),
    ],
)
def test_a_name_is_only_a_name(name, safe):
    """SECURITY C17."""
    assert safe_name(name) == safe
    assert len(safe_name(name)) <= 200


def test_the_size_of_base64_is_told_about():
    encoded = 78 * 100
    assert decoded_size(Part("1", encoding="base64", end=encoded)) == 5700
    assert decoded_size(Part("1", encoding="7bit", end=encoded)) == encoded
