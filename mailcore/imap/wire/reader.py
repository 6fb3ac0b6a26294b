r"""Reads a command's arguments: atoms, strings, numbers and lists. RFC 9051 §4, RFC 9051 §9.

The octets are the command as it came over the wire, literals in their places:

    a LOGIN {5}\r\nalice "secret"

A reader is a position in them. Nothing here recurses and nothing copies more than it returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from mailcore.imap.wire.malformed import Malformed

T = TypeVar("T")

_ATOM = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]]+')
_ASTRING = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\]+')
_LIST_MAILBOX = re.compile(rb'[^\x00-\x20\x7f(){"\\]+')
_TAG = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\+]+')
_QUOTED = re.compile(rb'"((?:[^\x00\r\n"\\]|\\["\\])*)"')
_ESCAPED = re.compile(rb'\\(["\\])')
_LITERAL = re.compile(rb"(~?)\{([0-9]{1,20})(\+?)\}\r\n")
_DIGITS = re.compile(rb"[0-9]{1,20}")

MAX_32 = 2**32 - 1
MAX_63 = 2**63 - 1


class Reader:
    """A cursor over one command. `utf8`: mailbox names are UTF-8, not modified UTF-7 (RFC 6855 §3)."""

    __slots__ = ("at", "data", "utf8")

    def __init__(self, data: bytes, utf8: bool = False) -> None:
        self.data = data
        self.at = 0
        self.utf8 = utf8

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """What `pattern` matches here, read; None and nothing read otherwise."""
        found = pattern.match(self.data, self.at)
        if found:
            self.at = found.end()
        return found

    def token(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        found = self.match(pattern)
        if not found:
            raise Malformed(f"Expected {what}")
        return found[0]

    def peek(self) -> bytes:
        """The next octet, b'' at the end."""
        return self.data[self.at : self.at + 1]

    def at_end(self) -> bool:
        return self.at >= len(self.data)

    def takes(self, octets: bytes) -> bool:
        """Read exactly these octets if they come next."""
        if self.data.startswith(octets, self.at):
            self.at += len(octets)
            return True
        return False

    def expect(self, octets: bytes) -> None:
        if not self.takes(octets):
            raise Malformed(f"Expected {octets.decode()!r}")

    def space(self) -> None:
        """One space; more are forgiven, as every server does."""
        if not self.takes(b" "):
            raise Malformed("Missing argument" if self.at_end() else "Expected a space")
        while self.takes(b" "):
            pass

    def end(self) -> None:
        while self.takes(b" "):
            pass
        if not self.at_end():
            raise Malformed("Unexpected arguments")

    def tag(self) -> str:
        return self.token(_TAG, "a tag").decode("ascii")

    def atom(self) -> str:
        return self.token(_ATOM, "an atom").decode("ascii")

    def word(self) -> str:
        """An atom in upper case: keywords of the grammar have no case."""
        return self.atom().upper()

    def number(self, at_most: int = MAX_32) -> int:
        value = int(self.token(_DIGITS, "a number"))
        if value > at_most:
            raise Malformed("Number too large")
        return value

    def number64(self) -> int:
        return self.number(MAX_63)

    def string(self) -> bytes:
        """A quoted string or a literal."""
        text = self.optional_string()
        if text is None:
            raise Malformed("Expected a string")
        return text

    def optional_string(self) -> bytes | None:
        if self.peek() == b'"':
            found = self.match(_QUOTED)
            if not found:
                raise Malformed("Broken quoted string")
            return _ESCAPED.sub(rb"\1", found[1]) if b"\\" in found[1] else found[1]
        found = self.match(_LITERAL)
        if not found:
            return None
        size = int(found[2])
        if size > len(self.data) - self.at:
            raise Malformed("Literal is cut off")
        text = self.data[self.at : self.at + size]
        self.at += size
        if not found[1] and b"\0" in text:
            raise Malformed("NUL in a literal")
        return text

    def astring(self) -> bytes:
        """A string, or an atom that may contain ']'."""
        text = self.optional_string()
        return self.token(_ASTRING, "a string") if text is None else text

    def nstring(self) -> bytes | None:
        text = self.optional_string()
        if text is None and self.word() != "NIL":
            raise Malformed("Expected a string or NIL")
        return text

    def list_mailbox(self) -> bytes:
        """A mailbox pattern: wildcards may stand unquoted (RFC 9051 §9, list-mailbox)."""
        text = self.optional_string()
        return self.token(_LIST_MAILBOX, "a mailbox pattern") if text is None else text

    def text(self) -> str:
        """An astring as text: UTF-8, or what it can be read as."""
        return decoded(self.astring())

    def listed(self, one: Callable[[Reader], T], at_most: int = 1000, may_be_empty: bool = False) -> list[T]:
        """`(one SP one ...)`."""
        self.expect(b"(")
        items: list[T] = []
        if may_be_empty and self.takes(b")"):
            return items
        while True:
            items.append(one(self))
            if len(items) > at_most:
                raise Malformed("List too long")
            if self.takes(b")"):
                return items
            self.space()


def decoded(octets: bytes) -> str:
    """UTF-8 text; octets that are none become U+FFFD."""
    return octets.decode("utf-8", "replace")


def astring(reader: Reader) -> bytes:
    return reader.astring()


def text(reader: Reader) -> str:
    return reader.text()


def word(reader: Reader) -> str:
    return reader.word()
