r"""Flags and keywords: \Seen and $Junk. RFC 9051 §2.3.2, RFC 9051 §9 (flag).

System flags are bits (the bits of `models.entry`, which a test compares), keywords a set of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader

SEEN, ANSWERED, FLAGGED, DELETED, DRAFT = 1, 2, 4, 8, 16

BITS = {"\\ANSWERED": ANSWERED, "\\FLAGGED": FLAGGED, "\\DELETED": DELETED, "\\SEEN": SEEN, "\\DRAFT": DRAFT}
_NAMES = (
    (ANSWERED, "\\Answered"),
    (FLAGGED, "\\Flagged"),
    (DELETED, "\\Deleted"),
    (SEEN, "\\Seen"),
    (DRAFT, "\\Draft"),
)

# The IANA registry's keywords that clients share; written as registered, whatever case a client uses.
KNOWN = (
    "$Forwarded",
    "$MDNSent",
    "$SubmitPending",
    "$Submitted",
    "$Junk",
    "$NotJunk",
    "$Phishing",
    "$Important",
)
_SPELLING = {name.lower(): name for name in KNOWN}

MOST_KEYWORDS = 100
LONGEST_KEYWORD = 100

_FLAG = re.compile(rb'\\?[^\x00-\x20\x7f-\xff(){%*"\\\]]+')


@dataclass(frozen=True, slots=True)
class Flags:
    bits: int = 0
    keywords: frozenset[str] = frozenset()


def flag(reader: Reader) -> str:
    return reader.token(_FLAG, "a flag").decode("ascii")


def gathered(names: Iterable[str]) -> Flags:
    bits = 0
    keywords = set()
    for name in names:
        if name.startswith("\\"):
            upper = name.upper()
            if upper in BITS:
                bits |= BITS[upper]
            elif upper != "\\RECENT":  # nobody can set it, and clients that copy flags send it back
                raise Malformed("Unknown system flag")
        elif len(name) > LONGEST_KEYWORD:
            raise Malformed("Keyword too long")
        else:
            keywords.add(_SPELLING.get(name.lower(), name))
    if len(keywords) > MOST_KEYWORDS:
        raise Malformed("Too many keywords")
    return Flags(bits, frozenset(keywords))


def flag_list(reader: Reader) -> Flags:
    """(\\Seen $Junk), possibly empty."""
    return gathered(reader.listed(flag, at_most=200, may_be_empty=True))


def flags_to_store(reader: Reader) -> Flags:
    """STORE takes them in parentheses or bare."""
    if reader.peek() == b"(":
        return flag_list(reader)
    names = [flag(reader)]
    while reader.takes(b" "):
        names.append(flag(reader))
        if len(names) > 200:
            raise Malformed("List too long")
    return gathered(names)


def written(bits: int, keywords: str) -> bytes:
    """System flags and keywords (separated by spaces, as the store keeps them), in parentheses."""
    names = [name for bit, name in _NAMES if bits & bit]
    if keywords:
        names.append(keywords)
    return b"(%s)" % " ".join(names).encode()
