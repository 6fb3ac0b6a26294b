"""Search and count in big bytes: a mapped file of 150 MB is looked at in windows and never copied whole."""

from __future__ import annotations

import mmap

WINDOW = 1024 * 1024


def find(raw: bytes | mmap.mmap, needle: bytes, start: int, end: int) -> int:
    """The first place of `needle` within raw[start:end]; -1 if there is none."""
    if isinstance(raw, bytes):
        return raw.find(needle, start, end)
    # mmap.find compares byte by byte; bytes.find on a copied window is several times faster.
    while start < end:
        found = raw[start : min(end, start + WINDOW)].find(needle)
        if found >= 0:
            return start + found
        start += max(1, WINDOW - len(needle) + 1)
    return -1


def count_lines(raw: bytes | mmap.mmap, start: int, end: int) -> int:
    """Line ends within raw[start:end]."""
    if isinstance(raw, bytes):
        return raw.count(b"\n", start, end)
    return sum(raw[at : min(end, at + WINDOW)].count(b"\n") for at in range(start, end, WINDOW))
