"""SEARCH arguments to a `search.query`. RFC 9051 §6.4.4, RFC 3501 §6.4.4.

Also WITHIN (RFC 5032), MODSEQ (RFC 7162 §3.1.5), SAVEDATE (RFC 8514), EMAILID and THREADID (RFC 8474). SORT
and THREAD (RFC 5256) share the keys.

Programs nest: NOT, OR and parentheses. They are read with a stack of our own, of bounded height, so that
a hundred thousand parentheses are a syntax error and not the end of the process.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from mailcore.imap.wire import flags
from mailcore.imap.wire.dates import search_date
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.sequence_set import SequenceSet, parse
from mailcore.search import query
from mailcore.search.query import Query

DEEPEST = 100
MOST_TERMS = 10_000

# Only charsets of text, by name: Python's registry also holds rot13 and zlib.
CHARSETS = {
    "UTF-8": "utf-8",
    "US-ASCII": "ascii",
    "ISO-8859-1": "latin-1",
    "ISO-8859-2": "iso8859-2",
    "ISO-8859-5": "iso8859-5",
    "ISO-8859-7": "iso8859-7",
    "ISO-8859-9": "iso8859-9",
    "ISO-8859-15": "iso8859-15",
    "WINDOWS-1250": "cp1250",
    "WINDOWS-1251": "cp1251",
    "WINDOWS-1252": "cp1252",
    "KOI8-R": "koi8-r",
    "GB2312": "gb2312",
    "GBK": "gbk",
    "GB18030": "gb18030",
    "BIG5": "big5",
    "EUC-KR": "euc-kr",
    "EUC-JP": "euc-jp",
    "ISO-2022-JP": "iso2022_jp",
    "SHIFT_JIS": "shift_jis",
}

_NUMBERS = re.compile(rb"[0-9*][0-9:*,]*")
_OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")


class BadCharset(Exception):
    """RFC 5530 §3 and RFC 9051 §7.1 BADCHARSET."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """What a program needs to know of the session: which UIDs a sequence set names."""

    by_number: Callable[[SequenceSet], Query]
    by_uid: Callable[[SequenceSet], Query]
    email_id: Callable[[str], Query]
    thread_id: Callable[[str], Query]


@dataclass(slots=True)
class Notes:
    """What the program mentioned besides what it asks for."""

    uses_modseq: bool = False


_SYSTEM = {"ANSWERED": 2, "DELETED": 8, "DRAFT": 16, "FLAGGED": 4, "SEEN": 1}
_NOTHING: Query = query.Not(query.All())

_CONSTANTS: dict[str, Query] = {
    "ALL": query.All(),
    **{name: query.HasFlag(bit) for name, bit in _SYSTEM.items()},
    **{f"UN{name}": query.Not(query.HasFlag(bit)) for name, bit in _SYSTEM.items()},
    # No message is \Recent in any of our sessions: see `imap/__init__`.
    "NEW": _NOTHING,
    "RECENT": _NOTHING,
    "OLD": query.All(),
    "SAVEDATESUPPORTED": query.All(),
}
_STRINGS: dict[str, Callable[[str], Query]] = {
    "BCC": query.Bcc,
    "BODY": query.Body,
    "CC": query.Cc,
    "FROM": query.From,
    "SUBJECT": query.Subject,
    "TEXT": query.Text,
    "TO": query.To,
}
_DAYS: dict[str, Callable[[date], Query]] = {
    "BEFORE": query.Before,
    "ON": query.On,
    "SINCE": query.Since,
    "SENTBEFORE": query.SentBefore,
    "SENTON": query.SentOn,
    "SENTSINCE": query.SentSince,
    "SAVEDBEFORE": query.SavedBefore,
    "SAVEDON": query.SavedOn,
    "SAVEDSINCE": query.SavedSince,
}


@dataclass(slots=True)
class _Open:
    """A construct that waits for its operands: "(" any number, OR two, NOT one."""

    kind: str
    terms: list[Query] = field(default_factory=list)

    def is_full(self) -> bool:
        return len(self.terms) == {"NOT": 1, "OR": 2}.get(self.kind, -1)

    def closed(self) -> Query:
        if self.kind == "NOT":
            return query.Not(self.terms[0])
        if self.kind == "OR":
            return query.Or(tuple(self.terms))
        return self.terms[0] if len(self.terms) == 1 else query.And(tuple(self.terms))


def search_keys(reader: Reader, charset: str, resolver: Resolver, notes: Notes) -> Query:
    """One or more search keys up to the end of the command; all of them must hold."""
    leaves = _Leaves(reader, charset, resolver, notes)
    stack = [_Open("")]
    seen = 0
    while True:
        seen += 1
        if len(stack) > DEEPEST or seen > MOST_TERMS:
            raise Malformed("Search program too complex")
        if reader.takes(b"("):
            stack.append(_Open("("))
            continue
        term = leaves.read()
        if isinstance(term, str):
            stack.append(_Open(term))
            reader.space()
            continue
        stack[-1].terms.append(term)
        while True:
            while stack[-1].is_full():
                done = stack.pop().closed()
                stack[-1].terms.append(done)
            if stack[-1].kind == "(" and reader.takes(b")"):
                done = stack.pop().closed()
                stack[-1].terms.append(done)
                continue
            break
        if reader.at_end() and len(stack) == 1:
            return stack[0].closed()
        reader.space()
        if reader.at_end() and len(stack) == 1:
            return stack[0].closed()


class _Leaves:
    """Reads one key that holds no other key; "NOT" and "OR" for the words that open one."""

    def __init__(self, reader: Reader, charset: str, resolver: Resolver, notes: Notes) -> None:
        self.reader = reader
        self.charset = charset
        self.resolver = resolver
        self.notes = notes

    def read(self) -> Query | str:
        reader = self.reader
        if reader.takes(b"$"):
            return self.resolver.by_number(SequenceSet(is_saved_result=True))
        numbers = reader.match(_NUMBERS)
        if numbers:
            return self.resolver.by_number(parse(numbers[0]))
        word = reader.word()
        if word in ("NOT", "OR"):
            return word
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        reader.space()
        if word in _STRINGS:
            return _STRINGS[word](self._text())
        if word in _DAYS:
            return _DAYS[word](search_date(reader))
        return self._other(word)

    def _other(self, word: str) -> Query:
        reader = self.reader
        match word:
            case "UID":
                if reader.takes(b"$"):
                    return self.resolver.by_uid(SequenceSet(is_saved_result=True))
                return self.resolver.by_uid(parse(reader.token(_NUMBERS, "a sequence set")))
            case "HEADER":
                name = self._text()
                reader.space()
                return query.Header(name, self._text())
            case "KEYWORD" | "UNKEYWORD":
                keywords = flags.gathered([flags.flag(reader)]).keywords
                if not keywords:
                    raise Malformed("Expected a keyword")
                found = query.HasKeyword(*keywords)
                return found if word == "KEYWORD" else query.Not(found)
            case "LARGER":
                return query.Larger(reader.number64())
            case "SMALLER":
                return query.Smaller(reader.number64())
            case "OLDER" | "YOUNGER":
                seconds = reader.number()
                if not seconds:
                    raise Malformed("Expected a number above 0")
                return query.Older(seconds) if word == "OLDER" else query.Younger(seconds)
            case "MODSEQ":
                return self._modseq()
            case "EMAILID":
                return self.resolver.email_id(reader.token(_OBJECT_ID, "an object id").decode())
            case "THREADID":
                return self.resolver.thread_id(reader.token(_OBJECT_ID, "an object id").decode())
        raise Malformed("Unknown search key")

    def _modseq(self) -> Query:
        """MODSEQ ["/flags/\\seen" all] 12345: we keep one modseq a message, so the flag named changes nothing."""
        reader = self.reader
        self.notes.uses_modseq = True
        if reader.peek() == b'"':
            reader.string()
            reader.space()
            if reader.word() not in ("ALL", "PRIV", "SHARED"):
                raise Malformed("Broken MODSEQ")
            reader.space()
        return query.ModseqAtLeast(reader.number64())

    def _text(self) -> str:
        octets = self.reader.astring()
        try:
            return octets.decode(self.charset)
        except UnicodeDecodeError:
            if self.charset == "ascii":
                return octets.decode("utf-8", "replace")  # clients forget to say CHARSET
            raise Malformed("String is not in the charset given") from None


def codec(name: str) -> str:
    """The codec of a charset that we know as text."""
    found = CHARSETS.get(name.upper())
    if found is None:
        raise BadCharset(name)
    return found


def optional_charset(reader: Reader) -> str:
    """CHARSET x before the keys of SEARCH."""
    found = reader.match(re.compile(rb"CHARSET +", re.IGNORECASE))
    if not found:
        return "ascii"
    name = reader.text()
    reader.space()
    return codec(name)
