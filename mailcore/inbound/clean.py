"""What strangers may not say about themselves: trace fields that only we write are taken out on the way in.

Return-Path belongs to the last server (RFC 5321 §4.4). Authentication-Results with our name would pass for
our own verdict (RFC 8601 §5), X-Spam-* for our own filter's. A submitted message also loses Bcc (RFC 5322
§3.6.3, RFC 6409 §8) and gets the Date and Message-ID that it should have had (RFC 6409 §8.2, §8.3).

A `Cleaner` is a sink: octets go through it into an upload, only the header is looked at, field by field, so
that neither a big body nor a big header is ever held in memory. Nearly every message has nothing to take
out: one search over its header says so, and it goes through untouched.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from mailcore.store.blobs import Stored, Upload

MAX_NAME = 128  # octets of a line that may be held back to see what field it begins
MAX_KEPT_FIELD = 65_536  # From, for the comparison with the account

_END_OF_HEADER = re.compile(rb"\r\n\r\n")
_NOTED = re.compile(rb"(?im)^(received|delivered-to|date|message-id|from)[ \t]*:")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*:")


@dataclass(frozen=True, slots=True)
class Rules:
    """Which fields go. `removed` are lower-case names, one that ends in `*` is a beginning."""

    removed: tuple[str, ...] = ("return-path", "x-spam-*")
    our_name: str = ""  # Authentication-Results in this name go too
    additions: Callable[[Noted], bytes] | None = None  # asked at the end of the header, for fields to add

    def drops(self, name: bytes, value: bytes) -> bool:
        """Whether a field is taken out."""
        lower = name.decode("ascii", "replace").lower()
        if lower == "authentication-results":
            authority = value.decode("ascii", "replace").strip().partition(";")[0].split(" ")[0].lower()
            return bool(self.our_name) and authority == self.our_name.lower()
        return any(
            lower.startswith(rule[:-1]) if rule.endswith("*") else lower == rule for rule in self.removed
        )

    def pattern(self) -> re.Pattern[bytes]:
        """Finds out in one go whether there may be anything to take out."""
        names = [
            re.escape(rule.removesuffix("*")) + ("[!-9;-~]*" if rule.endswith("*") else "")
            for rule in self.removed
        ]
        return re.compile(rf"(?im)^(?:authentication-results|{'|'.join(names)})[ \t]*:".encode())


@dataclass(slots=True)
class Noted:
    """What was seen in the header."""

    received_count: int = 0
    delivered_to: list[str] = field(default_factory=list)
    has_date: bool = False
    has_message_id: bool = False
    from_field: bytes = b""
    is_header_over: bool = False


class Cleaner:
    """A sink in front of an upload."""

    __slots__ = (
        "_held",
        "_is_dropping",
        "_is_first",
        "_is_inside_line",
        "_keeps_from",
        "_rules",
        "_upload",
        "_written",
        "noted",
    )

    def __init__(self, upload: Upload, rules: Rules) -> None:
        self._upload = upload
        self._rules = rules
        self._held = b""
        self._is_dropping = False
        self._is_first = True
        self._is_inside_line = False
        self._keeps_from = False
        self._written = 0
        self.noted = Noted()

    def write(self, data: bytes) -> None:
        """Take octets; those of the body go straight on."""
        self._written += len(data)
        if self.noted.is_header_over:
            self._upload.write(data)
            return
        text = self._held + data if self._held else data
        self._held = b""
        if self._written == len(data) and self._is_harmless(text):
            return
        self._sift(text)

    @property
    def received_bytes(self) -> int:
        """Octets that came in."""
        return self._written

    def complete(self) -> None:
        """Everything is in: `noted` is final from now on."""
        if self._held:
            rest, self._held = self._held, b""
            self._line(rest if rest.endswith(b"\n") or self._rules.additions is None else rest + b"\r\n")
        if not self.noted.is_header_over:
            self._end_header(b"")

    def finish(self) -> Stored:
        """Make it durable."""
        self.complete()
        return self._upload.finish()

    def buffer(self) -> bytes | mmap.mmap:
        """What was kept, for parsing."""
        return self._upload.buffer()

    def discard(self) -> None:
        """Forget it."""
        self._upload.discard()

    def close(self) -> None:
        """Let go of buffers; what was finished stays."""
        self._upload.close()

    # --- the fast way -----------------------------------------------------------------------------
    def _is_harmless(self, text: bytes) -> bool:
        """A first piece with the whole header in it and nothing in that to take out: noted and passed on."""
        end = _END_OF_HEADER.search(text)
        if end is None or _NAME.match(text) is None:
            return False
        header = text[: end.start() + 2]
        if _pattern_of(self._rules).search(header):
            return False
        for match in _NOTED.finditer(header):
            name = match.group(1).lower()
            self._note(name, header, match.end())
        self.noted.is_header_over = True
        extra = self._rules.additions(self.noted) if self._rules.additions is not None else b""
        if extra:
            self._upload.write(header + extra + text[end.start() + 2 :])
        else:
            self._upload.write(text)
        return True

    def _note(self, name: bytes, header: bytes, value_at: int) -> None:
        if name == b"received":
            self.noted.received_count += 1
        elif name == b"date":
            self.noted.has_date = True
        elif name == b"message-id":
            self.noted.has_message_id = True
        else:
            end = _end_of_field(header, value_at)
            value = header[value_at:end]
            if name == b"delivered-to":
                self.noted.delivered_to.append(value.decode("utf-8", "replace").strip().strip("<>"))
            else:
                self.noted.from_field += value[:MAX_KEPT_FIELD]

    # --- the long way: line by line -----------------------------------------------------------------
    def _sift(self, text: bytes) -> None:
        position = 0
        while not self.noted.is_header_over:
            end = text.find(b"\n", position) + 1
            if not end:
                break
            self._line(text[position:end])
            position = end
        rest = text[position:]
        if self.noted.is_header_over:
            self._upload.write(rest)
        elif len(rest) > MAX_KEPT_FIELD:
            # A line longer than any that matters: its beginning decides, its end will follow.
            self._line(rest)
            self._is_inside_line = True
        else:
            self._held = rest

    def _line(self, line: bytes) -> None:
        if self._is_inside_line:
            self._is_inside_line = not line.endswith(b"\n")
        elif line in (b"\r\n", b"\n"):
            self._end_header(line)
            return
        elif line[:1] not in (b" ", b"\t"):
            name = _NAME.match(line)
            if name is None and self._is_first and self._rules.additions is not None:
                self._end_header(b"\r\n")  # a body without a header: what we add becomes its header
                self._upload.write(line)
                return
            self._begin_field(name, line)
        elif self._keeps_from and len(self.noted.from_field) < MAX_KEPT_FIELD:
            self.noted.from_field += line
        self._is_first = False
        if not self._is_dropping:
            self._upload.write(line)

    def _begin_field(self, name: re.Match[bytes] | None, line: bytes) -> None:
        self._is_dropping = self._keeps_from = False
        if name is None:
            return
        self._is_dropping = self._rules.drops(name.group(1), line[name.end() :])
        lower = name.group(1).lower()
        if not self._is_dropping and lower in (b"received", b"delivered-to", b"date", b"message-id", b"from"):
            self._keeps_from = lower == b"from"
            self._note(lower, line, name.end())

    def _end_header(self, blank: bytes) -> None:
        self.noted.is_header_over = True
        extra = self._rules.additions(self.noted) if self._rules.additions is not None else b""
        self._upload.write(extra + (blank or (b"\r\n" if extra else b"")))


def _end_of_field(header: bytes, start: int) -> int:
    end = header.find(b"\r\n", start)
    while end >= 0 and header[end + 2 : end + 3] in (b" ", b"\t"):
        end = header.find(b"\r\n", end + 2)
    return len(header) if end < 0 else end


_patterns: dict[tuple[str, ...], re.Pattern[bytes]] = {}


def _pattern_of(rules: Rules) -> re.Pattern[bytes]:
    pattern = _patterns.get(rules.removed)
    if pattern is None:
        pattern = _patterns[rules.removed] = rules.pattern()
    return pattern
