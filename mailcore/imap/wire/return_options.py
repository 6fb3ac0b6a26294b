"""What a client wants back of a search: RETURN (MIN COUNT PARTIAL -1:-50). RFC 4731, RFC 5182, RFC 5267, RFC 9394."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import MAX_32, Reader

T = TypeVar("T")

OPTIONS = frozenset({"MIN", "MAX", "ALL", "COUNT", "SAVE", "PARTIAL"})

_RETURN = re.compile(rb"RETURN +(?=\()", re.IGNORECASE)
_PAGE = re.compile(rb"(-?)([1-9][0-9]{0,9}):(-?)([1-9][0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class Page:
    """The results from the `first` to the `last`, counted from 1; from the end where `from_end` (RFC 9394 §3.1)."""

    first: int
    last: int
    from_end: bool = False

    def of(self, results: Sequence[T]) -> Sequence[T]:
        """These of the results, in their order."""
        start, stop = self.bounds(len(results))
        return results[start:stop]

    def bounds(self, total: int) -> tuple[int, int]:
        """Where the page starts and stops among so many results, counted from 0."""
        if self.from_end:
            return max(0, total - self.last), max(0, total - self.first + 1)
        return min(self.first - 1, total), min(self.last, total)

    def written(self) -> bytes:
        return (b"-%d:-%d" if self.from_end else b"%d:%d") % (self.first, self.last)


@dataclass(frozen=True, slots=True)
class Returns:
    """The options of one command; none: the client did not ask for ESEARCH."""

    options: frozenset[str] = frozenset()
    page: Page | None = None

    def __contains__(self, option: str) -> bool:
        return option in self.options


def page(reader: Reader) -> Page:
    """1:100, or -1:-100 for the newest hundred; 100:1 is the same as 1:100."""
    found = reader.match(_PAGE)
    if not found or found[1] != found[3]:
        raise Malformed("Expected a range of results")
    first, last = sorted((int(found[2]), int(found[4])))
    if last > MAX_32:
        raise Malformed("Number too large")
    return Page(first, last, from_end=bool(found[1]))


def returns(reader: Reader) -> Returns | None:
    """RETURN (...) and the space after it; None where it does not stand (RFC 9051 §6.4.4)."""
    if not reader.match(_RETURN):
        return None
    pages: list[Page] = []

    def option(of: Reader) -> str:
        name = of.word()
        if name not in OPTIONS:
            raise Malformed("Unknown RETURN option")
        if name == "PARTIAL":
            of.space()
            pages.append(page(of))
        return name

    wanted = frozenset(reader.listed(option, at_most=20, may_be_empty=True))
    if len(pages) > 1 or (pages and "ALL" in wanted):
        raise Malformed("PARTIAL stands once, and without ALL")  # RFC 9394 §3.1
    reader.space()
    return Returns(wanted or frozenset({"ALL"}), pages[0] if pages else None)
