"""How flags are written for one session: \\Recent where it belongs, new keywords announced. RFC 9051 §7.3.5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailcore.imap.wire.flags import KNOWN, written

SYSTEM_FLAGS = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"
NOBODY = 1 << 40  # a UID that no message reaches

_KNOWN = frozenset(KNOWN)
_MOST_REMEMBERED = 4096


class _Remembered(dict[tuple[int, str], bytes]):
    """How each combination is written: a mailbox has few, a listing asks a hundred thousand times."""

    __slots__ = ("_prefix", "_told")

    def __init__(self, told: FlagsTold, prefix: bytes = b"") -> None:
        self._told = told
        self._prefix = prefix

    def __missing__(self, key: tuple[int, str]) -> bytes:
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        if key[1]:
            self._told.met.update(key[1].split())
        text = written(*key)
        if self._prefix:
            text = b"(%s%s%s" % (self._prefix, b" " if len(text) > 2 else b"", text[1:])
        self[key] = text
        return text


class FlagsTold:
    """What one session has been told about the flags of its mailbox."""

    __slots__ = ("_announced", "_plain", "_recent", "met", "recent_from")

    def __init__(self) -> None:
        self.recent_from = NOBODY
        self.met: set[str] = set()
        self._announced = _KNOWN
        self._plain = _Remembered(self)
        self._recent = _Remembered(self, b"\\Recent")

    def written(self, uids: Sequence[int], flags: Iterable[tuple[int, str]]) -> list[bytes]:
        """FLAGS of messages in the order of their UIDs."""
        if not uids or uids[-1] < self.recent_from:
            return list(map(self._plain.__getitem__, flags))
        return [
            (self._recent if uid >= self.recent_from else self._plain)[each]
            for uid, each in zip(uids, flags, strict=True)
        ]

    def announcement(self) -> bytes:
        """A FLAGS response if a keyword has appeared that the client has not been told of; to be sent first."""
        if self.met <= self._announced:
            return b""
        return self.listing()

    def listing(self) -> bytes:
        """The FLAGS response."""
        self._announced |= self.met
        return b"* FLAGS (%s)\r\n" % " ".join([SYSTEM_FLAGS, *sorted(self._announced)]).encode()
