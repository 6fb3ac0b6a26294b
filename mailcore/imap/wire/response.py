"""What the server says: tagged, untagged and continuation responses, codes, strings. RFC 9051 §7.

Each function returns octets ready for the wire. Human text is ours, so it is ASCII; whatever comes from
outside goes through `string()` or `astring()`, which no content can break out of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailcore.imap.wire.sequence_set import compact, paired

_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+\Z')
_QUOTABLE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]{0,1000}\Z")
_QUOTABLE_UTF8 = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\xff]{0,1000}\Z")
_SPECIAL = re.compile(rb'(["\\])')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

NIL = b"NIL"


def status(tag: str, condition: str, text: str, code: str | bytes = b"") -> bytes:
    """OK, NO, BAD, PREAUTH or BYE, tagged or (`*`) untagged."""
    words = _CONTROL.sub(" ", text)
    bracketed = b"[%s] " % (code if isinstance(code, bytes) else code.encode()) if code else b""
    return b"%s %s %s%s\r\n" % (tag.encode(), condition.encode(), bracketed, words.encode("ascii", "replace"))


def ok(text: str, code: str | bytes = b"") -> bytes:
    return status("*", "OK", text, code)


def bye(text: str, code: str | bytes = b"") -> bytes:
    return status("*", "BYE", text, code)


def untagged(words: bytes) -> bytes:
    return b"* %s\r\n" % words


def exists(count: int) -> bytes:
    return b"* %d EXISTS\r\n" % count


def recent(count: int) -> bytes:
    return b"* %d RECENT\r\n" % count


def expunge(numbers: Iterable[int]) -> bytes:
    return b"".join([b"* %d EXPUNGE\r\n" % number for number in numbers])


def vanished(uids: Iterable[int], earlier: bool = False) -> bytes:
    """RFC 7162 §3.2.10."""
    return b"* VANISHED %s%s\r\n" % (b"(EARLIER) " if earlier else b"", compact(uids))


def appenduid(uidvalidity: int, uids: Sequence[int]) -> bytes:
    """RFC 9051 §7.1, RFC 4315 §3, RFC 3502 §6.3."""
    return b"APPENDUID %d %s" % (uidvalidity, compact(uids))


def copyuid(uidvalidity: int, old: Sequence[int], new: Sequence[int]) -> bytes:
    source, target = paired(old, new)
    return b"COPYUID %d %s %s" % (uidvalidity, source, target)


def quoted(octets: bytes) -> bytes:
    """A quoted string; the caller knows that the octets can be one."""
    return b'"%s"' % (_SPECIAL.sub(rb"\\\1", octets) if b'"' in octets or b"\\" in octets else octets)


def literal(octets: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(octets), octets)


def string(octets: bytes, utf8: bool = False) -> bytes:
    """A quoted string where that can carry the octets, a literal otherwise (RFC 9051 §4.3)."""
    if (_QUOTABLE_UTF8 if utf8 else _QUOTABLE).match(octets):
        return quoted(octets)
    return literal(octets)


def nstring(octets: bytes | None, utf8: bool = False) -> bytes:
    return NIL if octets is None else string(octets, utf8)


def astring(octets: bytes, utf8: bool = False) -> bytes:
    """As short as it can be: an atom, a quoted string, a literal. NIL is never written bare."""
    if _ATOM.match(octets) and octets.upper() != b"NIL":
        return octets
    return string(octets, utf8)
