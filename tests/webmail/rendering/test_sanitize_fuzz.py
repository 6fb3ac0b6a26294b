"""Pieces of hostile letters thrown together at random: what comes out is harmless by two other parsers' reading."""

from __future__ import annotations

import re
from dataclasses import replace

import lxml.html
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webmail.rendering import hostile
from tests.webmail.rendering.test_sanitize import CID, assert_harmless, assert_still, clean, nh3_again
from webmail.rendering import sanitize

PIECES = sorted(
    {piece for markup in hostile.everything().values() for piece in re.split(r"(?=[<>\"'])", markup)}
)
GLUE = [
    "",
    " ",
    "\n",
    "\t",
    "\x00",
    "\f",
    "/",
    "<",
    ">",
    '"',
    "'",
    "`",
    "=",
    "--",
    "!",
    "&lt;",
    "&quot;",
    "&#x3c;",
]
ANCHOR = re.compile(r"</?a\b[^>]*>")
SCRIPTED = re.compile(r"\A\s*(?:javascript|vbscript|data:text|blob)", re.IGNORECASE)

markups = st.lists(
    st.one_of(st.sampled_from(PIECES), st.sampled_from(GLUE), st.text(max_size=4)), min_size=1, max_size=14
).map("".join)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(markups)
def test_anything_comes_out_harmless(source: str):
    found = clean(source)
    assert_harmless(found)
    assert_dead(found.markup)
    again = nh3_again(found.markup)
    # Links in links are taken apart when they are read again; nothing else changes its meaning.
    assert ANCHOR.sub("", again) == ANCHOR.sub("", found.markup)
    assert_harmless(replace(found, markup=again))
    # What was cleaned stays as it is when it is cleaned.
    assert_dead(clean(found.markup).markup)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(markups)
def test_any_style_comes_out_still(source: str):
    found = clean(f'<style>{source}</style><p style="{source}">x</p>')
    assert_still(found.style)
    assert "</" not in found.style
    assert_harmless(found)


def assert_dead(markup: str) -> None:
    """As libxml2 reads it, which shares no code with html5ever."""
    for element in lxml.html.document_fromstring(f"<body><div>{markup.replace(chr(0), '')}</div>").iter():
        if element.tag in ("html", "body"):
            continue
        assert element.tag in sanitize._TAGS, element.tag
        for name, value in element.attrib.items():
            assert not name.startswith("on") and ":" not in name
            assert not SCRIPTED.match(value) or name in ("title", "alt", "class", "id", "abbr", "summary"), (
                value
            )
            assert name not in ("src", "background") or value == CID
