"""A segment: the folded texts of a run of messages, compressed together, and a filter that says what cannot be in them.

IMAP searches for substrings, in any script, and a found message must be one that really has it. So the index keeps the
text itself: about 256 KB of it a segment, compressed with its neighbours (zstd, to a third), and beside it one bit for
each of 65,536 classes of four octets in a row that occur. A search reads the filters, opens the segments that may hold
the words, and looks. What it finds is found in the text; nothing has to be fetched and decoded again.

Measured on 2,000 messages of the benchmark's corpus (45 MB raw, 16 MB of text), one thread:

                                       written      on disk    nothing found    10,000 messages
    this                               1.0 ms each   6.2 MB    below 2 ms       5 ms (without the filter: 90 ms)
    FTS5, trigram, detail=full         1.0 ms each  32.9 MB    1.4 ms           SQLite only; text once more to verify
    FTS5, trigram, detail=none         0.8 ms each   3.7 MB    0.5 ms           the same, and it must be verified
    PostgreSQL GIN with pg_trgm        not in every PostgreSQL (nor in the wheel our tests use)

One code for both databases, no write lock held while text is taken apart, and an account's index lies together.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import zstandard

SIZE = 256 * 1024  # of text; then the next one begins
MEMBERS = 4096
_CLASSES = 65_536
_LEVEL = 3

FROM, TO, CC, BCC, SUBJECT, FILES = range(6)
_FIELDS = 6
_FIELD, _LINE, _MESSAGE = b"\x01", b"\n", b"\0"


@dataclass(frozen=True, slots=True)
class Texts:
    """What of one message can be searched; all folded (`folding.octets`). No field holds a control character."""

    short: tuple[bytes, ...]  # FROM … FILES
    headers: bytes  # "\\n" before each `name:value`
    body: bytes

    @property
    def size(self) -> int:
        return sum(map(len, self.short)) + len(self.headers) + len(self.body)


@dataclass(frozen=True, slots=True)
class Packed:
    """A segment as rows hold it."""

    members: bytes
    short: bytes
    headers: bytes
    bodies: bytes
    grams: bytes
    size: int


def pack(messages: Sequence[tuple[int, Texts]]) -> Packed:
    """Make a segment of messages (their ids within the account, ascending)."""
    compress = zstandard.ZstdCompressor(level=_LEVEL).compress
    short = _FIELD.join(_LINE.join(texts.short[which] for _, texts in messages) for which in range(_FIELDS))
    headers = _MESSAGE.join(texts.headers for _, texts in messages)
    bodies = _MESSAGE.join(texts.body for _, texts in messages)
    return Packed(
        members=array("I", [number for number, _ in messages]).tobytes(),
        short=compress(short),
        headers=compress(headers),
        bodies=compress(bodies),
        grams=_filter((short, headers, bodies)),
        size=sum(texts.size for _, texts in messages),
    )


def unpack(members: bytes, short: bytes, headers: bytes, bodies: bytes) -> list[tuple[int, Texts]]:
    """The messages again, to write them with others."""
    fields = [part.split(_LINE) for part in _open(short).split(_FIELD)]
    rows = zip(
        zip(*fields, strict=True), _open(headers).split(_MESSAGE), _open(bodies).split(_MESSAGE), strict=True
    )
    return [
        (number, Texts(row, header, body))
        for number, (row, header, body) in zip(ids(members), rows, strict=True)
    ]


def ids(members: bytes) -> array[int]:
    """The messages of a segment."""
    numbers = array("I")
    numbers.frombytes(bytes(members))
    return numbers


def _open(compressed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(bytes(compressed))


# --- the filter -------------------------------------------------------------------------------------


def _grams(text: bytes) -> set[int]:
    """Four octets in a row, as numbers: those at even places, which is half the work and nearly as telling."""
    found: set[int] = set()
    view = memoryview(text)
    for offset in (0, 2):
        usable = (len(text) - offset) & ~3
        if usable > 0:
            found.update(view[offset : offset + usable].cast("I"))
    return found


def _filter(texts: Iterable[bytes]) -> bytes:
    bits = bytearray(b"0" * _CLASSES)
    for text in texts:
        for gram in _grams(text):
            bits[(gram * 2654435761 >> 16) & 0xFFFF] = 49
    return int(bits, 2).to_bytes(_CLASSES // 8, "big")


class Sieve:
    """Which segments can hold some texts: those with all classes of each, begun at an even place or an odd."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._needles = [
            [_places(needle), _places(needle[1:])] for needle in needles if len(needle) > 4
        ]  # what is shorter could be anywhere

    @property
    def is_useful(self) -> bool:
        return bool(self._needles)

    def passes(self, grams: bytes) -> bool:
        return all(
            any(all(grams[place] & bit for place, bit in places) for places in either)
            for either in self._needles
        )


def _places(needle: bytes) -> list[tuple[int, int]]:
    classes = {(gram * 2654435761 >> 16) & 0xFFFF for gram in _grams(needle)}
    return [(number >> 3, 0x80 >> (number & 7)) for number in classes]


# --- looking ----------------------------------------------------------------------------------------

Test = Callable[[bytes], bool]


def in_short(short: bytes, fields: Iterable[int], needle: bytes) -> set[int]:
    """Messages that have `needle` in one of the short fields."""
    text = _open(short)
    if needle not in text:
        return set()
    sections = text.split(_FIELD)
    return set().union(*(_holding(sections[which], needle, _LINE) for which in fields))


def in_field_of_short(short: bytes, which: int, pattern: re.Pattern[bytes]) -> set[int]:
    """Messages of which one short field has what a pattern describes."""
    section = _open(short).split(_FIELD)[which]
    if pattern.search(section) is None:
        return set()
    return {index for index, line in enumerate(section.split(_LINE)) if pattern.search(line)}


def lines_passing(short: bytes, fields: Iterable[int], needles: Sequence[bytes], test: Test) -> set[int]:
    """Messages with a short field that holds all the needles and passes a test."""
    text = _open(short)
    if not all(needle in text for needle in needles):
        return set()
    sections = text.split(_FIELD)
    return {
        index
        for which in fields
        if all(needle in sections[which] for needle in needles)
        for index, line in enumerate(sections[which].split(_LINE))
        if all(needle in line for needle in needles) and test(line)
    }


@lru_cache(maxsize=64)
def ends(endings: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Finds file names that end so in a field where a blank, or its end, ends them."""
    return re.compile(rb"(?:%s)(?=[ \n\x01]|\Z)" % b"|".join(re.escape(one) for one in endings))


def is_whole(text: bytes, needle: bytes) -> bool:
    """It occurs as words of its own: no letter or digit goes on with it on either side."""
    at = text.find(needle) if needle else -1
    while at >= 0:
        before = text[max(at - 4, 0) : at].decode("utf-8", "ignore")[-1:]
        after = text[at + len(needle) : at + len(needle) + 4].decode("utf-8", "ignore")[:1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = text.find(needle, at + 1)
    return False


def in_texts(compressed: bytes, needle: bytes) -> set[int]:
    """Messages that have `needle` in their headers, or bodies, whichever was given."""
    return _holding(_open(compressed), needle, _MESSAGE)


def _holding(text: bytes, needle: bytes, end: bytes) -> set[int]:
    """Which pieces of a text hold the needle. The pieces are counted, not cut out: most of them need no look at all."""
    if not needle:
        return set(range(text.count(end) + 1))
    found: set[int] = set()
    index = counted = 0
    at = text.find(needle)
    while at >= 0:
        index += text.count(end, counted, at)
        found.add(index)
        counted = text.find(end, at)
        if counted < 0:
            break
        at = text.find(needle, counted)
    return found


def in_field(compressed: bytes, name: bytes, needle: bytes) -> set[int]:
    """Messages that have a header field `name` with `needle` in it; b"" asks for the field alone."""
    text = _open(compressed)
    start = b"\n" + name + b":"
    if start not in text or needle not in text:
        return set()
    return {
        index
        for index, one in enumerate(text.split(_MESSAGE))
        if start in one and has_field(one, start, needle)
    }


def has_field(headers: bytes, start: bytes, needle: bytes) -> bool:
    position = headers.find(start)
    while position >= 0:
        position += len(start)
        end = headers.find(b"\n", position)
        end = len(headers) if end < 0 else end
        if headers.find(needle, position, end) >= 0:
            return True
        position = headers.find(start, end)
    return False


def passing(compressed: bytes, needles: Sequence[bytes], test: Test) -> set[int]:
    """Messages whose text passes a test; only those that hold all the needles are put to it."""
    text = _open(compressed)
    if not all(needle in text for needle in needles):
        return set()
    return {
        index
        for index, one in enumerate(text.split(_MESSAGE))
        if all(needle in one for needle in needles) and test(one)
    }


def is_near(text: bytes, first: bytes, second: bytes, distance: int) -> bool:
    """The two occur at most `distance` words apart, in either order."""
    starts = [found.start() for found in re.finditer(re.escape(second), text)]
    if not starts:
        return False
    for found in re.finditer(re.escape(first), text):
        index = bisect_left(starts, found.start())
        for start in starts[max(index - 1, 0) : index + 1]:
            between = (
                text[found.end() : start]
                if start >= found.end()
                else text[start + len(second) : found.start()]
            )
            if len(between) <= 64 * (distance + 1) and len(between.split()) <= distance:
                return True
    return False
