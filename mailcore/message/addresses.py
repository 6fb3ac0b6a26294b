"""Address lists, as strict as RFC 5322 §3.4 and as loose as its §4.4 and everything seen since.

Most addresses in the world are `Name <a@b>` or `a@b`: two patterns read those. The first that is neither hands the rest
of the field to a reader of tokens, which never fails and looks at each character once, whatever is unclosed or nested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailcore.message.headers import decode, unfold, visible

MAX_LENGTH = 4_000_000
MAX_ODD = 200_000  # of the rest of a field that needs the reader of tokens
MAX_ADDRESSES = 10_000

_SPECIALS = r'\s"(),:;<>@\[\]\\'
_NAMED = re.compile(
    r'\s*+(?:"([^"\\\x00-\x1f]*+)"\s*+|([^\x00-\x1f"(),:;<>@\[\]\\]*+))'
    rf"<([^{_SPECIALS}]++)@([^{_SPECIALS}]++)>\s*+(?:,|\Z)"
)
_BARE = re.compile(rf"\s*+([^{_SPECIALS}]++)@([^{_SPECIALS}]++)\s*+(?:,|\Z)")
_QUOTED = r'(?P<q>"(?:[^"\\]++|\\.)*+")|'
_OTHER = (
    r"(?P<s>\s++)|(?P<l>\[[^\[\]\r\n]*+\])|(?P<e>=\?[^?\s]++\?[bBqQ]\?[^?\s]*+\?=)"
    rf"|(?P<w>[^{_SPECIALS}.]++)|(?P<c>\()|(?P<p>.)"
)
_TOKEN = re.compile(_QUOTED + _OTHER, re.DOTALL)
_TOKEN_BUT_QUOTED = re.compile(_OTHER, re.DOTALL)
_COMMENT_EDGE = re.compile(r"[()]|\\.", re.DOTALL)
_BACKSLASH = re.compile(r"\\(.)", re.DOTALL)
_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+\Z")
_PLAIN_PHRASE = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]+\Z")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address. `phrase` is the name as it stands (encoded-words and all), `name` what it says."""

    phrase: str
    local: str  # without quotes
    domain: str
    route: str = ""

    @property
    def name(self) -> str:
        return decode(self.phrase)

    @property
    def address(self) -> str:
        """local@domain, quoted if the local part needs it."""
        local = self.local
        if not _ATOM.match(local) or ".." in local or local[0] == "." or local[-1] == ".":
            escaped = local.replace("\\", "\\\\").replace('"', '\\"')
            local = f'"{escaped}"' if local or self.domain else ""
        return f"{local}@{self.domain}" if self.domain else local

    @property
    def key(self) -> str:
        """What two spellings of one address have in common."""
        return self.address.lower()

    def __str__(self) -> str:
        return display(self.name, self.address)


@dataclass(frozen=True, slots=True)
class Group:
    """`name: member, member;` RFC 5322 §3.4."""

    phrase: str
    members: tuple[Mailbox, ...]

    @property
    def name(self) -> str:
        return decode(self.phrase)

    def __str__(self) -> str:
        return f"{quoted_if_needed(self.name)}: {', '.join(map(str, self.members))};"


Address = Mailbox | Group


def parse(value: str | bytes) -> list[Address]:
    """The addresses of a From, To, ... body, folded or not. Never raises; what is no address is kept as a name."""
    text = unfold(value[:MAX_LENGTH]) if isinstance(value, bytes) else value[:MAX_LENGTH]
    found: list[Address] = []
    position, end = 0, len(text)
    while position < end:
        match = _NAMED.match(text, position)
        if match is not None:
            quoted, bare, local, domain = match.groups()
            found.append(Mailbox(bare.rstrip() if quoted is None else quoted, local, domain))
        elif (match := _BARE.match(text, position)) is not None:
            found.append(Mailbox("", match[1], match[2]))
        else:
            found.extend(_Reader(text[: position + MAX_ODD], position).addresses(MAX_ADDRESSES - len(found)))
            break
        position = match.end()
        if len(found) >= MAX_ADDRESSES:
            break
    return found


def mailboxes(addresses: Iterable[Address]) -> Iterator[Mailbox]:
    """Every mailbox, those within groups too."""
    for address in addresses:
        if isinstance(address, Group):
            yield from address.members
        else:
            yield address


def parse_one(value: str) -> Mailbox | None:
    """The only mailbox in `value`; None if there is none or more than one."""
    found = parse(value)
    if len(found) == 1 and isinstance(found[0], Mailbox) and found[0].domain and found[0].local:
        return found[0]
    return None


def display(name: str, address: str) -> str:
    """`Ann Lee <ann@x.org>`, with quotes where they are needed to read it again."""
    if not name:
        return address
    return f"{quoted_if_needed(name)} <{address}>"


def show(addresses: Sequence[Address], limit: int) -> str:
    """A list of addresses as people read them, cut between two of them."""
    shown: list[str] = []
    room = limit
    for address in addresses:
        text = visible(str(address))
        room -= len(text) + 2
        if room < -2:
            if not shown:
                shown.append(text[:limit])
            break
        shown.append(text)
    return ", ".join(shown)


def quoted_if_needed(name: str) -> str:
    """A name as a phrase: words, or a quoted string."""
    if _PLAIN_PHRASE.match(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_Piece = tuple[str, str]  # kind: word, quoted, space, literal or the punctuation itself; its text


class _Reader:
    """Tokens to addresses. One pass; everything unexpected becomes part of a name."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._position = position
        self._comment = ""

    def addresses(self, limit: int) -> list[Address]:
        found: list[Address] = []
        pieces: list[_Piece] = []
        angle: list[_Piece] | None = None
        in_angle = False
        group: str | None = None
        members: list[Mailbox] = []
        for kind, text in self._pieces():
            if in_angle and angle is not None:
                is_route = bool(angle) and angle[0][0] == "@"
                if kind == ">" or (kind in ",;" and not is_route):
                    in_angle = False
                    if kind == ">":
                        continue
                else:
                    angle.append((kind, text))
                    continue
            if kind == "<":
                angle, in_angle = [], True
            elif kind == ":" and group is None and angle is None and _last_at(pieces) < 0:
                group, pieces, self._comment = _words(pieces), [], ""
            elif kind in ",;":
                self._close(pieces, angle, found if group is None else members)
                pieces, angle = [], None
                if kind == ";" and group is not None:
                    found.append(Group(group, tuple(members)))
                    group, members = None, []
                if len(found) + len(members) >= limit:
                    break
            else:
                pieces.append((kind, text))
        self._close(pieces, angle, found if group is None else members)
        if group is not None:
            found.append(Group(group, tuple(members)))
        return found[:limit]

    def _pieces(self) -> Iterator[_Piece]:
        text, end = self._text, len(self._text)
        pattern = _TOKEN
        while self._position < end:
            found = pattern.match(text, self._position)
            if found is None:  # pragma: no cover - the last alternative takes anything
                return
            self._position = found.end()
            kind = found.lastgroup or "p"
            if kind == "c":
                self._skip_comment()
                yield "s", " "
            elif kind == "q":
                inner = found[0][1:-1]
                yield "q", _BACKSLASH.sub(r"\1", inner) if "\\" in inner else inner
            elif kind == "p":
                if found[0] == '"':
                    pattern = _TOKEN_BUT_QUOTED  # it is never closed; do not look for that again and again
                yield (found[0], found[0]) if found[0] in "<>@,;:." else ("w", "")
            else:
                yield ("w" if kind == "e" else kind), (" " if kind == "s" else found[0])

    def _skip_comment(self) -> None:
        """Past the matching parenthesis, or past this one alone if there is no matching one."""
        start, depth = self._position, 1
        for edge in _COMMENT_EDGE.finditer(self._text, start):
            if edge[0] == "(":
                depth += 1
            elif edge[0] == ")":
                depth -= 1
                if not depth:
                    self._position = edge.end()
                    self._comment = _BACKSLASH.sub(r"\1", self._text[start : edge.start()])
                    return
        self._position = len(self._text)

    def _close(
        self, pieces: list[_Piece], angle: list[_Piece] | None, found: list[Address] | list[Mailbox]
    ) -> None:
        """One address has ended: a comma, a semicolon or the end."""
        comment, self._comment = self._comment.strip(), ""
        if angle is not None:
            route, local, domain = _angle(angle)
            phrase = _words(pieces) or comment
        else:
            route, (phrase, local, domain) = "", _bare(pieces)
            phrase = phrase or comment
            if not (local or domain):
                return
        if phrase or local or domain:
            found.append(Mailbox(phrase, local, domain, route))  # type: ignore[arg-type]


def _words(pieces: list[_Piece]) -> str:
    return " ".join("".join(text for _, text in pieces).split())


def _angle(pieces: list[_Piece]) -> tuple[str, str, str]:
    """Route, local part and domain between < and >: RFC 5322 §3.4.1, §4.4."""
    route = ""
    if pieces and pieces[0][0] == "@":
        colon = next((index for index, piece in enumerate(pieces) if piece[0] == ":"), None)
        if colon is not None:
            route = "".join(text for kind, text in pieces[:colon] if kind != "s")
            pieces = pieces[colon + 1 :]
    at = _last_at(pieces)
    if at < 0:
        return route, "".join(text for kind, text in pieces if kind != "s"), ""
    local = "".join(text for kind, text in pieces[:at] if kind != "s")
    return route, local, "".join(text for kind, text in pieces[at + 1 :] if kind != "s")


def _bare(pieces: list[_Piece]) -> tuple[str, str, str]:
    """Name, local part and domain where there are no angle brackets: `a@b`, `Ann a@b`, `Ann`."""
    pieces = _tight(pieces)
    at = _last_at(pieces)
    if at < 0:
        return "", _words(pieces), ""
    start = at
    while start > 0 and pieces[start - 1][0] != "s":
        start -= 1
    stop = at + 1
    while stop < len(pieces) and pieces[stop][0] != "s":
        stop += 1
    local = "".join(text for _, text in pieces[start:at])
    domain = "".join(text for _, text in pieces[at + 1 : stop])
    return _words([*pieces[:start], ("s", " "), *pieces[stop:]]), local, domain


def _tight(pieces: list[_Piece]) -> list[_Piece]:
    """Without the blanks around "." and "@" that RFC 5322 §4.4 allows."""
    tight: list[_Piece] = []
    for piece in pieces:
        if tight and tight[-1][0] == "s" and piece[0] in ".@":
            tight.pop()
        if piece[0] != "s" or (tight and tight[-1][0] not in ".@s"):
            tight.append(piece)
    return tight


def _last_at(pieces: list[_Piece]) -> int:
    for index in range(len(pieces) - 1, -1, -1):
        if pieces[index][0] == "@":
            return index
    return -1
