"""Text as searches compare it."""

from __future__ import annotations

import pytest

from mailcore.search.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hello", "hello"),
        ("two\r\n\t words", "two words"),
        (" edge ", " edge "),
        ("Crème BRÛLÉE", "creme brulee"),
        ("STRASSE Straße", "strasse strasse"),
        ("Ελλάς", "ελλασ"),
        ("ﬁne Ｆｕｌｌ", "fine full"),
        ("Ёлка", "елка"),
        ("İstanbul", "istanbul"),
        ("日本語", "日本語"),
        ("हिन्दी", "हिन्दी"),
        ("שָׁלוֹם", "שלום"),
        ("a\0b", "a b"),
        ("\ud800x", "\ud800x"),
        ("", ""),
    ],
)
def test_folding(text, folded):
    assert fold(text) == folded


def test_folding_twice_is_folding_once():
    for text in ("Crème  Brûlée", "ΐ Ǆ ŉ ß", "ﬃ½"):
        assert fold(fold(text)) == fold(text)
