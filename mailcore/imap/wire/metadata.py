"""Entries and values of GETMETADATA, SETMETADATA and LIST RETURN (METADATA …). RFC 5464 §5, RFC 9590 §5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.response import NIL, astring, literal, string

MOST_ENTRIES = 100

_ENTRY = re.compile(r"/(?:private|shared)(?:/[^/*%\x00-\x1f\x7f]+)+")
_DEPTHS: Mapping[str, int | None] = {"0": 0, "1": 1, "INFINITY": None}


@dataclass(slots=True)
class Options:
    """MAXSIZE: longer values are left out. DEPTH: how far below the entries named (RFC 5464 §4.2.1, §4.2.2)."""

    most_octets: int | None = None
    depth: int | None = 0


def entry(reader: Reader) -> str:
    """A path in lower case: entries have no case."""
    name = reader.text().lower()
    if not _ENTRY.fullmatch(name) or len(name) > 255:
        raise Malformed("Entries begin with /private/ or /shared/")
    return name


def entries(reader: Reader) -> list[str]:
    """One entry, or several in parentheses."""
    found = reader.listed(entry, at_most=MOST_ENTRIES) if reader.peek() == b"(" else [entry(reader)]
    return list(dict.fromkeys(found))


def options(reader: Reader) -> Options:
    """(MAXSIZE 1024 DEPTH infinity)."""
    wanted = Options()

    def one(of: Reader) -> None:
        match of.word():
            case "MAXSIZE":
                of.space()
                wanted.most_octets = of.number()
            case "DEPTH":
                of.space()
                depth = of.word()
                if depth not in _DEPTHS:
                    raise Malformed("DEPTH is 0, 1 or infinity")
                wanted.depth = _DEPTHS[depth]
            case _:
                raise Malformed("Unknown option")

    reader.listed(one, at_most=10)
    return wanted


def values(reader: Reader) -> dict[str, bytes | None]:
    """(/private/comment "x" /shared/comment NIL)."""
    found: dict[str, bytes | None] = {}

    def one(of: Reader) -> None:
        name = entry(of)
        of.space()
        found[name] = of.nstring()

    reader.listed(one, at_most=MOST_ENTRIES)
    return found


def written(held: Mapping[str, bytes | None]) -> bytes:
    """(/private/comment "x")."""
    return b"(%s)" % b" ".join(
        [astring(name.encode(), utf8=True) + b" " + _value(value) for name, value in held.items()]
    )


def _value(value: bytes | None) -> bytes:
    if value is None:
        return NIL
    return b"~" + literal(value) if b"\0" in value else string(value)
