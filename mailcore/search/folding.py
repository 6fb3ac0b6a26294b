"""Text as searches compare it: one case, no accents, blanks squeezed. RFC 9051 §6.4.4, RFC 5051."""

from __future__ import annotations

import re
import unicodedata

# Marks that stand on letters of alphabets; those of Indic and other scripts are part of the word.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u065f\u0670\u20d0-\u20ff]+"
)
_BLANKS = re.compile(r"[\s\0]+")


def fold(text: str) -> str:
    """`Crème  BRÛLÉE` is `creme brulee`; full-width letters are ordinary ones (compatibility forms, NFKD)."""
    if text.isascii():
        return _BLANKS.sub(" ", text.lower())
    folded = unicodedata.normalize("NFKD", text.casefold())
    return _BLANKS.sub(" ", _MARKS.sub("", folded).casefold())


def octets(text: str) -> bytes:
    """Folded, as the index holds it: a substring of text is a substring of octets (UTF-8 sees to that)."""
    return fold(text).encode("utf-8", "replace")
