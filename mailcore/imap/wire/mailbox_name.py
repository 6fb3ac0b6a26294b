"""Mailbox names: modified UTF-7, INBOX, LIST wildcards. RFC 9051 §5.1, RFC 3501 §5.1.3, RFC 6855 §3.

Above this module a name is text with '/' between levels. On the wire it is modified UTF-7, or UTF-8 once
the client has enabled UTF8=ACCEPT or IMAP4rev2. Octets above 127 are read as UTF-8 from any client: nothing
else is meant by them, and many send them unasked.
"""

from __future__ import annotations

import binascii
import re

from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.response import astring

DELIMITER = "/"
LONGEST = 4096

_SHIFTED = re.compile(r"&([^-]*)-")
_TO_SHIFT = re.compile(r"[^\x20-\x7e]+|&")


class BadName(Exception):
    """The name cannot be read: not UTF-8, or broken modified UTF-7."""


def _unshift(found: re.Match[str]) -> str:
    if not found[1]:
        return "&"
    try:
        octets = binascii.a2b_base64(
            found[1].replace(",", "/") + "=" * (-len(found[1]) % 4), strict_mode=True
        )
        text = octets.decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        raise BadName("Mailbox name is not modified UTF-7") from None
    return text


def from_modified_utf7(octets: bytes) -> str:
    """RFC 3501 §5.1.3."""
    text = octets.decode("ascii")
    if "&" not in text:
        return text
    if "&" in _SHIFTED.sub("", text):
        raise BadName("Mailbox name is not modified UTF-7")
    return _SHIFTED.sub(_unshift, text)


def _shift(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    encoded = binascii.b2a_base64(found[0].encode("utf-16-be", "surrogatepass"), newline=False)
    return "&" + encoded.decode().rstrip("=").replace("/", ",") + "-"


def to_modified_utf7(name: str) -> bytes:
    return _TO_SHIFT.sub(_shift, name).encode("ascii")


def decoded(octets: bytes, utf8: bool = False) -> str:
    """What the client means by these octets; INBOX has no case."""
    if len(octets) > LONGEST:
        raise BadName("Mailbox name too long")
    if utf8 or not octets.isascii():
        try:
            name = octets.decode("utf-8")
        except UnicodeDecodeError:
            raise BadName("Mailbox name is not UTF-8") from None
    else:
        name = from_modified_utf7(octets)
    first, slash, rest = name.partition(DELIMITER)
    return f"INBOX{slash}{rest}" if first.upper() == "INBOX" else name


def written(name: str, utf8: bool = False) -> bytes:
    """The name as an astring of a response."""
    if utf8:
        return astring(name.encode("utf-8", "replace"), utf8=True)
    return astring(to_modified_utf7(name))


def mailbox_name(reader: Reader) -> str:
    return decoded(reader.astring(), reader.utf8)


def mailbox_pattern(reader: Reader) -> str:
    """A name with wildcards, for LIST and LSUB."""
    octets = reader.list_mailbox()
    if len(octets) > LONGEST:
        raise Malformed("Mailbox pattern too long")
    return decoded(octets, reader.utf8)


class Pattern:
    """`*` matches anything, `%` anything but the delimiter (RFC 9051 §6.3.9).

    Runs as a set of states kept in the bits of one integer, so its time is pattern times name whatever the
    wildcards are: there is nothing to back-track.
    """

    __slots__ = ("_any", "_final", "_literal", "_percent", "_stay_any", "_stay_percent", "matches_everything")

    def __init__(self, pattern: str) -> None:
        pattern = re.sub(r"[*%]*\*[*%]*", "*", pattern)  # any run with a * in it is a *
        pattern = re.sub(r"%+", "%", pattern)
        self.matches_everything = pattern == "*"
        self._literal: dict[str, int] = {}
        self._any = self._percent = 0
        for index, character in enumerate(pattern):
            if character == "*":
                self._any |= 1 << index
            elif character == "%":
                self._percent |= 1 << index
            else:
                self._literal[character] = self._literal.get(character, 0) | 1 << index
        self._final = 1 << len(pattern)

    def matches(self, name: str) -> bool:
        if self.matches_everything:
            return True
        wild = self._any | self._percent
        # State k: the first k characters of the pattern are used up. A wildcard may match nothing, and no two
        # stand side by side, so one step of closure is enough.
        states = 1
        states |= (states & wild) << 1
        for character in name:
            stay = self._any if character == DELIMITER else wild
            states = (states & self._literal.get(character, 0)) << 1 | states & stay
            states |= (states & wild) << 1
            if not states:
                return False
        return bool(states & self._final)
