"""One textual term of a query, ready to be looked for: in a segment's compressed texts, or in one message's. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailcore.search import query, segment
from mailcore.search.folding import octets
from mailcore.search.segment import BCC, CC, FILES, FROM, SUBJECT, TO, Texts

SHORT, HEADERS, BODIES = "short", "headers", "bodies"
_ALL_SHORT = (FROM, TO, CC, BCC, SUBJECT, FILES)


@dataclass(frozen=True, slots=True)
class Look:
    """What to find, and in which texts. The kinds below say how."""

    needles: tuple[bytes, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        raise NotImplementedError

    def in_segment(self, source: str, content: bytes) -> set[int]:
        """Positions of the messages that have it in this source."""
        raise NotImplementedError

    def in_message(self, texts: Texts) -> bool:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Short(Look):
    """In some of the short fields."""

    fields: tuple[int, ...] = _ALL_SHORT

    @property
    def sources(self) -> tuple[str, ...]:
        return (SHORT,)

    def in_segment(self, source: str, content: bytes) -> set[int]:
        return segment.in_short(content, self.fields, self.needles[0])

    def in_message(self, texts: Texts) -> bool:
        return any(self.needles[0] in texts.short[which] for which in self.fields)


@dataclass(frozen=True, slots=True)
class InHeader(Look):
    """In header fields of a name."""

    name: bytes = b""

    @property
    def sources(self) -> tuple[str, ...]:
        return (HEADERS,)

    def in_segment(self, source: str, content: bytes) -> set[int]:
        return segment.in_field(content, self.name, self.needles[0])

    def in_message(self, texts: Texts) -> bool:
        return segment.has_field(texts.headers, b"\n" + self.name + b":", self.needles[0])


@dataclass(frozen=True, slots=True)
class Anywhere(Look):
    """In any of some sources."""

    where: tuple[str, ...] = (BODIES,)

    @property
    def sources(self) -> tuple[str, ...]:
        return self.where

    def in_segment(self, source: str, content: bytes) -> set[int]:
        if source == SHORT:
            return segment.in_short(content, _ALL_SHORT, self.needles[0])
        return segment.in_texts(content, self.needles[0])

    def in_message(self, texts: Texts) -> bool:
        needle = self.needles[0]
        return (
            (SHORT in self.where and any(needle in one for one in texts.short))
            or (HEADERS in self.where and needle in texts.headers)
            or (BODIES in self.where and needle in texts.body)
        )


@dataclass(frozen=True, slots=True)
class Ends(Look):
    """A file name ends with one of these; all of them are tried in one go through the short texts."""

    @property
    def sources(self) -> tuple[str, ...]:
        return (SHORT,)

    def in_segment(self, source: str, content: bytes) -> set[int]:
        return segment.in_field_of_short(content, FILES, self._pattern)

    def in_message(self, texts: Texts) -> bool:
        return self._pattern.search(texts.short[FILES]) is not None

    @property
    def _pattern(self) -> re.Pattern[bytes]:
        return segment.ends(self.needles)


@dataclass(frozen=True, slots=True)
class Whole(Look):
    """In names, addresses, subject, file names or body, and no letter or digit beside it."""

    @property
    def sources(self) -> tuple[str, ...]:
        return (SHORT, BODIES)

    def in_segment(self, source: str, content: bytes) -> set[int]:
        if source == SHORT:
            return segment.lines_passing(content, _ALL_SHORT, self.needles, self._test)
        return segment.passing(content, self.needles, self._test)

    def in_message(self, texts: Texts) -> bool:
        return self._test(texts.body) or any(self._test(one) for one in texts.short)

    def _test(self, text: bytes) -> bool:
        return segment.is_whole(text, self.needles[0])


@dataclass(frozen=True, slots=True)
class Near(Look):
    """Two texts close together in the body, or in the subject."""

    distance: int = 0

    @property
    def sources(self) -> tuple[str, ...]:
        return (SHORT, BODIES)

    def in_segment(self, source: str, content: bytes) -> set[int]:
        if source == SHORT:
            return segment.lines_passing(content, (SUBJECT,), self.needles, self._test)
        return segment.passing(content, self.needles, self._test)

    def in_message(self, texts: Texts) -> bool:
        return self._test(texts.body) or self._test(texts.short[SUBJECT])

    def _test(self, text: bytes) -> bool:
        return segment.is_near(text, self.needles[0], self.needles[1], self.distance)


def of(term: query.Query) -> Look | None:
    """How to look for a term; None if it is not about text."""
    match term:
        case query.From(text):
            return Short((octets(text),), (FROM,))
        case query.To(text):
            return Short((octets(text),), (TO,))
        case query.Cc(text):
            return Short((octets(text),), (CC,))
        case query.Bcc(text):
            return Short((octets(text),), (BCC,))
        case query.Subject(text):
            return Short((octets(text),), (SUBJECT,))
        case query.FileName(text):
            return Short((octets(text),), (FILES,))
        case query.Header(name, text):
            return InHeader((octets(text),), octets(name))
        case query.Body(text):
            return Anywhere((octets(text),), (BODIES,))
        case query.Text(text):
            return Anywhere((octets(text),), (HEADERS, BODIES))
        case query.Words(text):
            return Anywhere((octets(text),), (SHORT, BODIES))
        case query.FileType(endings):
            return Ends(tuple(octets(one) for one in endings))
        case query.WholeWords(text):
            return Whole((octets(text.strip()),))
        case query.Near(first, second, distance):
            return Near((octets(first), octets(second)), distance)
    return None


def cost(look: Look) -> int:
    """What is read for it, roughly: short texts are a tenth of headers, and those a third of bodies."""
    prices = {SHORT: 1, HEADERS: 10, BODIES: 30}
    return sum(prices[source] for source in look.sources)


def needles(terms: Sequence[query.Query]) -> list[str]:
    """The texts that a reader wants to see marked."""
    found: list[str] = []
    for term in terms:
        match term:
            case query.And(inner) | query.Or(inner):
                found += needles(inner)
            case query.Near(first, second, _):
                found += [first, second]
            case query.Words(text) | query.WholeWords(text) | query.Body(text) | query.Text(text):
                found.append(text)
            case query.Subject(text):
                found.append(text)
            case query.From(text) | query.To(text) | query.Cc(text) | query.FileName(text):
                found.append(text)
    return [text for text in found if text.strip()]
