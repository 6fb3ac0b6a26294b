"""How names and addresses are looked for, and in what order they stand."""

from __future__ import annotations

import re
import unicodedata

from mailcore.search.folding import fold

_APART = re.compile(r'[\s,;:()<>"@._+-]+')
_HANGUL = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MOST_CHARACTERS = 2_000


def words(*texts: str) -> str:
    """Folded, from every beginning of a word to the end, each after a blank: LIKE '% prefix%' finds them.

    So `lid`, `l@`, `wonder` and `a.l@w` all find a.l@wonder.land. (migrations/0012 has a copy of this.)
    """
    found: dict[str, None] = {}
    for text in texts:
        plain = fold(text[:MOST_CHARACTERS]).strip()
        found[plain] = None
        for gap in _APART.finditer(plain):
            found[plain[gap.end() :]] = None
    return "".join(f" {word}" for word in found if word)


def pattern(text: str) -> str:
    """What a searcher typed, for LIKE … ESCAPE '\\'; empty if it is nothing."""
    plain = fold(text[:200]).strip()
    if not plain:
        return ""
    for mark in ("\\", "%", "_"):
        plain = plain.replace(mark, "\\" + mark)
    return f"% {plain}%"


def sort_key(name: str) -> str:
    """Names in the order of a telephone book: without case and accents, letters before the rest."""
    plain = fold(name).strip()
    return ("" if plain[:1].isalpha() else "\uffff") + plain[:190]


def initial(name: str) -> str:
    """The heading it stands under: a letter, ㄱ for Korean, 字 for Chinese characters, # for the rest."""
    first = fold(name).strip()[:1]
    if not first.isalpha():
        return "#"
    if "\u1100" <= first <= "\u1112":  # folding took Hangul apart
        return _HANGUL[ord(first) - 0x1100]
    if unicodedata.name(first, "").startswith("CJK"):
        return "字"
    return first.upper()[:1]
