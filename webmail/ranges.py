"""A part of an answer, for players that jump about in it: RFC 9110 §14."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")


class NotSatisfiable(Exception):
    """The range begins behind the end."""


def asked(header: str, size: int) -> tuple[int, int] | None:
    """(start, stop) of the one range that is asked for; None for all of it, or for what we need not serve."""
    found = _RANGE.match(header.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:  # the last so many
        length = int(found[2])
        if not length or not size:
            raise NotSatisfiable
        return max(0, size - length), size
    start = int(found[1])
    if start >= size:
        raise NotSatisfiable
    stop = min(size, int(found[2]) + 1) if found[2] else size
    return (start, stop) if start < stop else None


def cut(chunks: Iterable[bytes], start: int, stop: int) -> Iterator[bytes]:
    """The octets from `start` to `stop` of what comes in pieces."""
    at = 0
    for chunk in chunks:
        end = at + len(chunk)
        if end > start:
            yield chunk[max(0, start - at) : stop - at]
        at = end
        if at >= stop:
            return
