"""Lines of a hit, with marks."""

from __future__ import annotations

import pytest

from mailcore.search.snippets import excerpt, marked


def shown(pieces):
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "needles", "expected"),
    [
        ("At four?", ["four"], "At [four]?"),
        ("Four or four", ["FOUR"], "[Four] or [four]"),
        ("Crème brûlée", ["creme", "brulee"], "[Crème] [brûlée]"),
        ("Straße", ["strasse"], "[Straße]"),
        ("日本語", ["本"], "日[本]語"),
        ("abcd", ["abc", "bcd"], "[abcd]"),
        ("nothing", ["x"], "nothing"),
        ("nothing", ["", " "], "nothing"),
        ("", ["x"], ""),
    ],
)
def test_marks(text, needles, expected):
    assert shown(marked(text, needles)) == expected


def test_an_excerpt_is_about_the_first_hit():
    text = "word " * 100 + "needle " + "more " * 100
    found = shown(excerpt(text, ["needle"], 60))
    assert "[needle]" in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert len(found) < 80
    assert excerpt(text, ["absent"]) == []
