"""What people type into the search box → a query: words, "phrases" and the operators they know from Gmail.

    from:ann -subject:"weekly report" {has:attachment larger:5M} after:2026/03/01 in:anywhere

Nothing typed is an error. An operator whose value makes no sense is left out and told (`Search.problems`), so that the
rest is still searched; what looks like an operator but is none (`12:30`, `http://x.org`) is a word like others.
Days begin at midnight where the reader is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from mailcore.search import query
from mailcore.search.query import And, Header, Not, Or, Query

# models.entry has the same bits; this file is pure.
_SEEN, _ANSWERED, _FLAGGED, _DRAFT = 1, 2, 4, 16

MAX_LENGTH = 2_000
MAX_TERMS = 60
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """A term that was left out: as it was typed, and what kind of value it should have had."""

    typed: str
    kind: str  # age, size, day, has, elsewhere, is, category, header, distance, number, empty, long


@dataclass(frozen=True, slots=True)
class Search:
    """What was understood, and what was not."""

    tree: Query
    problems: tuple[Problem, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing that could be looked for was typed."""
        return self.tree == query.All()


_TOKEN = re.compile(r'\s+|(?P<open>[({])|(?P<close>[)}])|(?P<not>-(?=\S))|(?P<word>(?:[^\s"(){}]|"[^"]*"?)+)')
_OPERATOR = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)[:\uff1a](.*)\Z", re.DOTALL)
_QUOTES = str.maketrans("\u201c\u201d\u201e\u201f\u300c\u300d\uff02", '"' * 7)
_AROUND = re.compile(r"AROUND\Z")
_SIZE = re.compile(r"(\d{1,15})(?:\.\d+)?\s*([kmg]?)b?\Z", re.IGNORECASE)
_AGE = re.compile(r"(\d{1,6})([hdwmy])\Z", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:[/.-](\d{1,2})(?:[/.-](\d{1,2}))?)?\Z")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})\Z")
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800, "m": 2_629_800, "y": 31_557_600}
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def parse(text: str, now: datetime, *, me: str = "", labels: Mapping[str, str] | None = None) -> Query:
    """What is asked for. Never raises."""
    return read(text, now, me=me, labels=labels).tree


def read(text: str, now: datetime, *, me: str = "", labels: Mapping[str, str] | None = None) -> Search:
    """Read a search. `now` is where the reader is, `me` what from:me and to:me stand for; `labels` are the keywords
    of the reader's labels by `name_typed`. Never raises.
    """
    reader = _Reader(text[:MAX_LENGTH].translate(_QUOTES), now, me, labels or {})
    tree = reader.everything()
    return Search(tree, tuple(dict.fromkeys(reader.problems)))


def name_typed(name: str) -> str:
    """The form in which names of folders and labels are compared: no case, and "-" may stand for a blank."""
    return " ".join(name.lower().replace("-", " ").split())


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


class _Reader:
    def __init__(self, text: str, now: datetime, me: str, labels: Mapping[str, str]) -> None:
        self._tokens = [
            _Token(found.lastgroup, found[0])
            for found in _TOKEN.finditer(text)
            if found.lastgroup is not None
        ]
        self._at = 0
        self._terms = 0
        self._now = now
        self._me = me
        self.labels = labels
        self.problems: list[Problem] = []

    def everything(self) -> Query:
        terms: list[Query] = []
        while self._at < len(self._tokens):
            terms += [self._alternatives("", 0, _word) or query.All()]
            self._at += 1  # a closing bracket that nothing opened
        return _all([term for term in terms if term != query.All()])

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _alternatives(self, closing: str, depth: int, make: _Make) -> Query | None:
        """Terms up to a closing bracket. OR joins its two neighbours; within {} every term is an alternative."""
        terms: list[Query] = []
        is_choice = False
        while (token := self._peek()) is not None and token.kind != "close":
            if self._terms >= MAX_TERMS:
                self._at = len(self._tokens)
                self.problems.append(Problem("…", "long"))
                break
            if token.kind == "word" and token.text in ("OR", "|", "AND"):
                is_choice = token.text != "AND" and bool(terms)
                self._at += 1
                continue
            term = self._factor(depth, make)
            if term is None:
                continue
            if is_choice:
                terms[-1] = _any([*_choices(terms[-1]), term])
                is_choice = False
            else:
                terms.append(term)
        if not terms:
            return None
        return _any(terms) if closing == "}" else _all(terms)

    def _factor(self, depth: int, make: _Make) -> Query | None:
        """One term; None for what says nothing, which is left out wherever it stands."""
        token = self._tokens[self._at]
        self._at += 1
        self._terms += 1
        if token.kind == "not":
            following = self._peek()
            if following is None or following.kind == "close" or depth >= MAX_DEPTH:
                return None
            inner = self._factor(depth + 1, make)
            return None if inner is None else Not(inner)
        if token.kind == "open":
            return self._bracket(token.text, depth, make)
        return self._term(token.text, depth, make)

    def _bracket(self, opening: str, depth: int, make: _Make) -> Query | None:
        if depth >= MAX_DEPTH:
            return None
        inner = self._alternatives("}" if opening == "{" else ")", depth + 1, make)
        self._at += 1  # the closing bracket, of either kind, or the end
        return inner

    def _term(self, text: str, depth: int, make: _Make) -> Query | None:
        operator = _OPERATOR.match(text)
        if operator is not None and not text.startswith('"'):
            name, value = operator[1].lower(), _plain(operator[2])
            found = _OPERATORS.get(name)
            if found is not None:
                following = self._peek()
                if not value and following is not None and following.kind == "open":
                    self._at += 1
                    return self._bracket(following.text, depth, self._told(found, name))
                return self._told(found, name)(value, self)
        if (around := self._around(text)) is not None:
            return around
        if text.startswith("+") and len(text) > 1 and make is _word:
            return query.WholeWords(_plain(text[1:])) if _plain(text[1:]) else None
        return make(_plain(text), self)

    def _told(self, make: _Make, name: str) -> _Make:
        """The same, but what makes no sense is left out, and told."""

        def made(value: str, reader: _Reader) -> Query | None:
            try:
                if not value:
                    raise _WrongError("empty")
                return make(value, reader)
            except _WrongError as wrong:
                shown = f'"{value}"' if " " in value else value
                self.problems.append(Problem(f"{name}:{shown}", wrong.kind))
                return None

        return made

    def _around(self, first: str) -> Query | None:
        """`a AROUND 5 b`."""
        following = self._tokens[self._at : self._at + 3]
        if len(following) < 2 or {token.kind for token in following} != {"word"}:
            return None
        if not _AROUND.match(following[0].text):
            return None
        if len(following) == 3 and following[1].text.isdecimal():
            self._at += 3
            distance = min(int(following[1].text[:4]), 1000)
            return query.Near(_plain(first), _plain(following[2].text), distance)
        self.problems.append(Problem(f"AROUND {following[1].text}", "distance"))
        self._at += 1
        return _word(_plain(first), self)

    def person(self, value: str) -> str:
        return self._me if value.lower() == "me" and self._me else value

    @property
    def now(self) -> datetime:
        return self._now


_Make = Callable[[str, _Reader], Query | None]


class _WrongError(Exception):
    """The value of an operator makes no sense; `kind` says what would."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


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


_TYPES: dict[str, str] = {  # by the ends of file names
    "pdf": ".pdf",
    "image": ".png .jpg .jpeg .gif .webp .heic .heif .avif .bmp .tif .tiff .svg",
    "document": ".doc .docx .odt .rtf .pages .pdf .txt .md .tex .epub",
    "spreadsheet": ".xls .xlsx .xlsm .ods .csv .tsv .numbers",
    "presentation": ".ppt .pptx .pps .ppsx .odp .key",
    "video": ".mp4 .m4v .mov .webm .mkv .avi .mpg .mpeg .3gp .ogv",
    "audio": ".mp3 .m4a .aac .ogg .oga .opus .wav .flac .amr .aiff",
    "archive": ".zip .7z .rar .tar .gz .tgz .bz2 .xz .zst",
    "invitation": ".ics",
}
_TYPE_NAMES = {
    "images": "image",
    "photo": "image",
    "photos": "image",
    "documents": "document",
    "spreadsheets": "spreadsheet",
    "presentations": "presentation",
    "slides": "presentation",
    "videos": "video",
    "zip": "archive",
    "invite": "invitation",
    "calendar": "invitation",
}
_ELSEWHERE = ("drive", "youtube", "onedrive", "dropbox")


def _has(value: str, reader: _Reader) -> Query:
    wanted = value.lower()
    if wanted in ("attachment", "attachments"):
        return query.HasAttachment()
    if wanted in ("star", "stars", "yellow-star"):
        return query.HasFlag(_FLAGGED)
    if wanted in ("userlabels", "labels"):
        return _labelled(reader)
    if wanted in ("nouserlabels", "nolabels"):
        return Not(_labelled(reader))
    endings = _TYPES.get(_TYPE_NAMES.get(wanted, wanted))
    if endings is not None:
        return query.FileType(tuple(endings.split()))
    raise _WrongError("elsewhere" if wanted in _ELSEWHERE else "star" if "-" in wanted else "has")


def _labelled(reader: _Reader) -> Query:
    keywords = sorted(set(reader.labels.values()))
    return Or(tuple(query.HasKeyword(keyword) for keyword in keywords)) if keywords else Not(query.All())


_STATES: dict[str, Query] = {
    "unread": Not(query.HasFlag(_SEEN)),
    "unseen": Not(query.HasFlag(_SEEN)),
    "read": query.HasFlag(_SEEN),
    "seen": query.HasFlag(_SEEN),
    "starred": query.HasFlag(_FLAGGED),
    "flagged": query.HasFlag(_FLAGGED),
    "unstarred": Not(query.HasFlag(_FLAGGED)),
    "answered": query.HasFlag(_ANSWERED),
    "replied": query.HasFlag(_ANSWERED),
    "unanswered": Not(query.HasFlag(_ANSWERED)),
    "forwarded": query.HasKeyword("$Forwarded"),
    "draft": query.HasFlag(_DRAFT),
    "important": query.HasKeyword("$Important"),
}
_PLACES = (
    "inbox",
    "sent",
    "drafts",
    "trash",
    "bin",
    "spam",
    "junk",
    "archive",
    "archived",
    "snoozed",
    "scheduled",
)
_ANYWHERE = ("anywhere", "all", "allmail", "everywhere")


def _is(value: str, _: _Reader) -> Query:
    wanted = value.lower()
    state = _STATES.get(wanted) or (query.InFolder(wanted) if wanted in _PLACES else None)
    if state is None:
        raise _WrongError("is")
    return state


def _in(value: str, reader: _Reader) -> Query:
    wanted = value.lower()
    if wanted in _ANYWHERE:
        return query.Anywhere()
    if wanted in _STATES and wanted != "draft":
        return _STATES[wanted]
    return _label(value, reader) if wanted not in _PLACES else query.InFolder(value)


def _label(value: str, reader: _Reader) -> Query:
    """A label of that name; else a folder: people do not tell them apart."""
    keyword = reader.labels.get(name_typed(value))
    if value.lower() in ("starred", "unread", "important") and keyword is None:
        return _STATES[value.lower()]
    return query.HasKeyword(keyword) if keyword else query.InFolder(value)


def _category(value: str, _: _Reader) -> Query:
    raise _WrongError("category")


def _header(value: str, _: _Reader) -> Query:
    """header:x-mailer, header:x-mailer:mutt or header:x-mailer=mutt."""
    found = re.match(r"([!-9;-~]+?)(?:[:=](.*))?\Z", value, re.DOTALL)
    if found is None:
        raise _WrongError("header")
    return Header(found[1].lower(), (found[2] or "").strip())


def _thread(value: str, _: _Reader) -> Query:
    if not value.isascii() or not value.isdecimal() or len(value) > 18:
        raise _WrongError("number")
    return query.ConversationId(int(value))


def _larger(value: str, _: _Reader) -> Query:
    return query.Larger(_octets(value))


def _smaller(value: str, _: _Reader) -> Query:
    return query.Smaller(_octets(value))


def _octets(value: str) -> int:
    found = _SIZE.match(value.strip())
    if found is None:
        raise _WrongError("size")
    amount = float(value.strip().rstrip("bBkKmMgG "))
    return int(amount * _UNITS[found[2].lower()])


def _older_than(value: str, _: _Reader) -> Query:
    return query.Older(_seconds(value))


def _newer_than(value: str, _: _Reader) -> Query:
    return query.Younger(_seconds(value))


def _seconds(value: str) -> int:
    found = _AGE.match(value)
    if found is None:
        raise _WrongError("age")
    return int(found[1]) * _SECONDS[found[2].lower()]


def _before(value: str, reader: _Reader) -> Query:
    return query.Earlier(_moments(value, reader)[0])


def _after(value: str, reader: _Reader) -> Query:
    return query.NotEarlier(_moments(value, reader)[0])


def _on(value: str, reader: _Reader) -> Query:
    first, last = _moments(value, reader)
    return And((query.NotEarlier(first), query.Earlier(last)))


def _moments(value: str, reader: _Reader) -> tuple[int, int]:
    """When the day, month or year that was named begins and ends, where the reader is."""
    if value.isdecimal() and value.isascii() and 9 <= len(value) <= 11:
        return int(value), int(value) + 86_400
    try:
        first, last = _days(value, reader.now.date())
        begins, ends = (datetime.combine(day, time(), reader.now.tzinfo or UTC) for day in (first, last))
        return int(begins.timestamp()), int(ends.timestamp())
    except (ValueError, OverflowError, OSError) as problem:
        raise _WrongError("day") from problem


def _days(value: str, today: date) -> tuple[date, date]:
    """The first day, and the one after the last."""
    words = {"today": 0, "yesterday": 1}
    if value.lower() in words:
        first = today - timedelta(days=words[value.lower()])
        return first, first + timedelta(days=1)
    if found := _DAY_FIRST.match(value):
        first = date(int(found[3]), int(found[2]), int(found[1]))
        return first, first + timedelta(days=1)
    found = _DAY.match(value)
    if found is None:
        raise ValueError
    year, month, day = int(found[1]), found[2], found[3]
    if day is not None:
        first = date(year, int(month), int(day))
        return first, first + timedelta(days=1)
    if month is not None:
        first = date(year, int(month), 1)
        return first, date(year + int(month) // 12, int(month) % 12 + 1, 1)
    return date(year, 1, 1), date(year + 1, 1, 1)


def _file(value: str, _: _Reader) -> Query:
    return query.FileName(value)


_OPERATORS: dict[str, _Make] = {
    "from": _from,
    "to": _to,
    "cc": lambda value, reader: query.Cc(reader.person(value)),
    "bcc": lambda value, reader: query.Bcc(reader.person(value)),
    "subject": lambda value, _: query.Subject(value),
    "body": lambda value, _: query.Body(value),
    "header": _header,
    "has": _has,
    "filename": _file,
    "attachment": _file,
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
    "label": _label,
    "is": _is,
    "category": _category,
    "list": lambda value, _: Header("list-id", value.strip("<>")),
    "deliveredto": lambda value, reader: Header("delivered-to", reader.person(value)),
    "replyto": lambda value, reader: Header("reply-to", reader.person(value)),
    "rfc822msgid": lambda value, _: query.WithId(value.strip("<> ")),
    "thread": _thread,
    "conversation": _thread,
}

OPERATORS = tuple(_OPERATORS)
