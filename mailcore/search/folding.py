"""Text as searches compare it: one case, no accents, blanks squeezed. RFC 9051 §6.4.4."""

from __future__ import annotations

import re
import unicodedata

# Marks that stand on letters of alphabets; those of Indic and other scripts are part of the word.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u065f\u0670\u20d0-\u20ff]+"
)


def fold(text: str) -> str:
    """`Crème  BRÛLÉE` is `creme brulee`; full-width letters are ordinary ones (compatibility forms, NFKD)."""
    if text.isascii():
        folded = text.lower()
    else:
        folded = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold())).casefold()
    if "\0" in folded:
        folded = folded.replace("\0", " ")
    # A blank at an end counts: "the " is a word that ends.
    before, after = folded[:1].isspace(), folded[-1:].isspace()
    return (" " if before else "") + " ".join(folded.split()) + (" " if after and len(folded) > 1 else "")


def octets(text: str) -> bytes:
    """Folded, as the index holds it: a substring of text is a substring of octets (UTF-8 sees to that)."""
    return fold(text).encode("utf-8", "surrogatepass")
