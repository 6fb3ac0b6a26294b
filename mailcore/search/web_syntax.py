"""What people type into the search box → a query: words, "phrases" and the operators they know from Gmail.

    from:ann -subject:"weekly report" {has:attachment larger:5M} after:2026/03/01 in:anywhere

Nothing typed is an error: an operator that makes no sense is searched for as the words it is made of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mailcore.search import query
from mailcore.search.query import And, Header, Not, Or, Query

# models.entry has the same bits; this file is pure.
_SEEN, _ANSWERED, _FLAGGED, _DRAFT = 1, 2, 4, 16

MAX_LENGTH = 2_000
MAX_TERMS = 60
MAX_DEPTH = 20

_TOKEN = re.compile(r'\s+|(?P<open>[({])|(?P<close>[)}])|(?P<not>-(?=\S))|(?P<word>(?:[^\s"(){}]|"[^"]*"?)+)')
_OPERATOR = re.compile(r"([A-Za-z][A-Za-z0-9_]*):(.*)\Z", re.DOTALL)
_AROUND = re.compile(r"AROUND\Z")
_SIZE = re.compile(r"(\d{1,15})(?:\.\d+)?\s*([kmg]?)b?\Z", re.IGNORECASE)
_AGE = re.compile(r"(\d{1,6})([hdwmy])\Z", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})\Z")
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800, "m": 2_629_800, "y": 31_557_600}
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def parse(text: str, now: datetime, *, me: str = "") -> Query:
    """Read a search. `now` is where the reader is; `me` is what from:me and to:me stand for. Never raises."""
    return _Reader(text[:MAX_LENGTH], now, me).everything()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


class _Reader:
    def __init__(self, text: str, now: datetime, me: str) -> None:
        self._tokens = [
            _Token(found.lastgroup, found[0])
            for found in _TOKEN.finditer(text)
            if found.lastgroup is not None
        ]
        self._at = 0
        self._terms = 0
        self._now = now
        self._me = me

    def everything(self) -> Query:
        terms: list[Query] = []
        while self._at < len(self._tokens):
            terms.append(self._alternatives("", 0, _word))
            self._at += 1  # a closing bracket that nothing opened
        return _all(terms)

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _alternatives(self, closing: str, depth: int, make: _Make) -> Query:
        """Terms up to a closing bracket. OR joins its two neighbours; within {} every term is an alternative."""
        terms: list[Query] = []
        is_choice = False
        while (token := self._peek()) is not None and token.kind != "close":
            if self._terms >= MAX_TERMS:
                self._at = len(self._tokens)
                break
            if token.kind == "word" and token.text in ("OR", "|", "AND"):
                is_choice = token.text != "AND" and bool(terms)
                self._at += 1
                continue
            term = self._factor(depth, make)
            if is_choice:
                terms[-1] = _any([*_choices(terms[-1]), term])
                is_choice = False
            else:
                terms.append(term)
        return _any(terms) if closing == "}" else _all(terms)

    def _factor(self, depth: int, make: _Make) -> Query:
        token = self._tokens[self._at]
        self._at += 1
        self._terms += 1
        if token.kind == "not":
            following = self._peek()
            if following is None or following.kind == "close":
                return query.All()
            return Not(self._factor(depth + 1, make)) if depth < MAX_DEPTH else query.All()
        if token.kind == "open":
            return self._bracket(token.text, depth, make)
        return self._term(token.text, depth, make)

    def _bracket(self, opening: str, depth: int, make: _Make) -> Query:
        if depth >= MAX_DEPTH:
            return query.All()
        inner = self._alternatives("}" if opening == "{" else ")", depth + 1, make)
        self._at += 1  # the closing bracket, of either kind, or the end
        return inner

    def _term(self, text: str, depth: int, make: _Make) -> Query:
        operator = _OPERATOR.match(text)
        if operator is not None and not text.startswith('"'):
            name, value = operator[1].lower(), _plain(operator[2])
            found = _OPERATORS.get(name)
            following = self._peek()
            if found is not None and not value and following is not None and following.kind == "open":
                self._at += 1
                return self._bracket(
                    following.text, depth, lambda word, reader: found(word, reader) or _word(word, reader)
                )
            if found is not None and value and (term := found(value, self)) is not None:
                return term
        around = self._around(text)
        return around if around is not None else make(_plain(text), self) or query.All()

    def _around(self, first: str) -> Query | None:
        """`a AROUND 5 b`."""
        following = [token.text for token in self._tokens[self._at : self._at + 3]]
        if len(following) == 3 and _AROUND.match(following[0]) and following[1].isdecimal():
            kinds = {token.kind for token in self._tokens[self._at : self._at + 3]}
            if kinds == {"word"}:
                self._at += 3
                return query.Near(_plain(first), _plain(following[2]), min(int(following[1][:4]), 1000))
        return None

    def person(self, value: str) -> str:
        return self._me if value.lower() == "me" and self._me else value

    @property
    def now(self) -> datetime:
        return self._now


_Make = Callable[[str, _Reader], Query | None]


def _plain(text: str) -> str:
    return text.replace('"', "").strip()


def _all(terms: list[Query]) -> Query:
    if not terms:
        return query.All()
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def _any(terms: list[Query]) -> Query:
    if not terms:
        return query.All()
    return terms[0] if len(terms) == 1 else Or(tuple(terms))


def _choices(term: Query) -> tuple[Query, ...]:
    return term.terms if isinstance(term, Or) else (term,)


def _word(text: str, _: _Reader) -> Query | None:
    return query.Words(text) if text else None


# --- operators ----------------------------------------------------------------------------------------


def _from(value: str, reader: _Reader) -> Query:
    return query.From(reader.person(value))


def _to(value: str, reader: _Reader) -> Query:
    person = reader.person(value)
    return Or((query.To(person), query.Cc(person), query.Bcc(person)))


def _has(value: str, _: _Reader) -> Query | None:
    if value.lower() in ("attachment", "attachments"):
        return query.HasAttachment()
    if value.lower() in ("star", "yellow-star"):
        return query.HasFlag(_FLAGGED)
    return None


_STATES: dict[str, Query] = {
    "unread": Not(query.HasFlag(_SEEN)),
    "read": query.HasFlag(_SEEN),
    "starred": query.HasFlag(_FLAGGED),
    "unstarred": Not(query.HasFlag(_FLAGGED)),
    "answered": query.HasFlag(_ANSWERED),
    "replied": query.HasFlag(_ANSWERED),
    "draft": query.HasFlag(_DRAFT),
    "important": query.HasKeyword("$Important"),
}


def _is(value: str, _: _Reader) -> Query | None:
    return _STATES.get(value.lower()) or _folder(value)


def _in(value: str, _: _Reader) -> Query:
    if value.lower() in ("anywhere", "all", "allmail"):
        return query.Anywhere()
    return _STATES.get(value.lower()) or query.InFolder(value)


def _folder(value: str) -> Query | None:
    known = ("inbox", "sent", "drafts", "trash", "spam", "junk", "archive")
    return query.InFolder(value) if value.lower() in known else None


def _larger(value: str, _: _Reader) -> Query | None:
    octets = _octets(value)
    return None if octets is None else query.Larger(octets)


def _smaller(value: str, _: _Reader) -> Query | None:
    octets = _octets(value)
    return None if octets is None else query.Smaller(octets)


def _octets(value: str) -> int | None:
    found = _SIZE.match(value.strip())
    if found is None:
        return None
    amount = float(value.strip().rstrip("bBkKmMgG "))
    return int(amount * _UNITS[found[2].lower()])


def _older_than(value: str, _: _Reader) -> Query | None:
    found = _AGE.match(value)
    return query.Older(int(found[1]) * _SECONDS[found[2].lower()]) if found is not None else None


def _newer_than(value: str, _: _Reader) -> Query | None:
    found = _AGE.match(value)
    return query.Younger(int(found[1]) * _SECONDS[found[2].lower()]) if found is not None else None


def _before(value: str, reader: _Reader) -> Query | None:
    day = _day(value, reader)
    return query.Before(day) if day is not None else None


def _after(value: str, reader: _Reader) -> Query | None:
    day = _day(value, reader)
    return query.Since(day) if day is not None else None


def _on(value: str, reader: _Reader) -> Query | None:
    day = _day(value, reader)
    return query.On(day) if day is not None else None


def _day(value: str, reader: _Reader) -> date | None:
    today = reader.now.date()
    if value.lower() == "today":
        return today
    if value.lower() == "yesterday":
        return today - timedelta(days=1)
    found = _DAY.match(value)
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
        if value.isdecimal() and 9 <= len(value) <= 11:
            return datetime.fromtimestamp(int(value), UTC).date()
    except (ValueError, OverflowError, OSError):
        pass
    return None


_OPERATORS: dict[str, _Make] = {
    "from": _from,
    "to": _to,
    "cc": lambda value, reader: query.Cc(reader.person(value)),
    "bcc": lambda value, reader: query.Bcc(reader.person(value)),
    "subject": lambda value, _: query.Subject(value),
    "has": _has,
    "filename": lambda value, _: query.FileName(value),
    "larger": _larger,
    "larger_than": _larger,
    "size": _larger,
    "smaller": _smaller,
    "smaller_than": _smaller,
    "older_than": _older_than,
    "newer_than": _newer_than,
    "before": _before,
    "older": _before,
    "after": _after,
    "newer": _after,
    "since": _after,
    "on": _on,
    "in": _in,
    "label": _in,
    "is": _is,
    "list": lambda value, _: Header("list-id", value),
    "deliveredto": lambda value, _: Header("delivered-to", value),
    "rfc822msgid": lambda value, _: query.WithId(value.strip("<> ")),
}
