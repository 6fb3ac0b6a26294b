"""Text that is not ASCII in headers that are: RFC 2047, with the language tag of RFC 2231 §5."""

from __future__ import annotations

import binascii
import re
from base64 import b64encode

from mailcore.message import charsets

# Careless writers leave spaces and a "?" or two in the encoded text. The bound on the latter keeps it linear.
_WORD = re.compile(r"=\?([^?\s]{1,75})\?([bBqQ])\?([^?]*(?:(?<!=)\?(?!=)[^?]*){0,3})\?=")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

MAX_WORDS = 5000
_MAX_OCTETS_OF_A_WORD = 45  # before encoding: keeps every encoded-word within 75 characters


def decode(text: str) -> str:
    """Replace encoded-words by what they say; everything else stays as it is.

    Neighbours of the same charset are joined before they are decoded, because many writers cut characters in two. No
    decoded text is decoded again, and none of it is structure: it is only ever for showing.
    """
    if "=?" not in text:
        return text
    pieces: list[str] = []
    held: list[bytes] = []
    held_charset = ""
    position = 0
    for count, word in enumerate(_WORD.finditer(text)):
        between = text[position : word.start()]
        charset = word[1].partition("*")[0].lower()
        adjacent = count > 0 and not between.strip(" \t\r\n")
        if held and not (adjacent and charset == held_charset):
            pieces.append(charsets.decode(b"".join(held), held_charset))
            held = []
        if not adjacent:
            pieces.append(between)
        held.append(_octets(word[2], word[3]))
        held_charset = charset
        position = word.end()
        if count >= MAX_WORDS:
            break
    if held:
        pieces.append(charsets.decode(b"".join(held), held_charset))
    pieces.append(text[position:])
    return "".join(pieces)


def _octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        data = data.replace(b"_", b" ")
        return _Q_ESCAPE.sub(lambda escape: bytes((int(escape[1], 16),)), data) if b"=" in data else data
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def encode(text: str, *, room: int = 75) -> str:
    """ASCII that decodes to `text`: encoded-words joined by spaces, at most 75 characters each (RFC 2047 §2).

    `room` is what is left of the first line.
    """
    return " ".join(_words(text, room))


def _words(text: str, room: int) -> list[str]:
    words: list[str] = []
    chunk = b""
    limit = max(6, min(_MAX_OCTETS_OF_A_WORD, (room - 12) * 3 // 4))
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(chunk) + len(octets) > limit:
            words.append(_word(chunk))
            chunk, limit = b"", _MAX_OCTETS_OF_A_WORD
        chunk += octets
    if chunk:
        words.append(_word(chunk))
    return words


def _word(octets: bytes) -> str:
    """Q where it stays readable, B where it is shorter."""
    quoted = "".join(_Q_SAFE.get(octet) or f"={octet:02X}" for octet in octets)
    if len(quoted) <= min(63, (len(octets) + 2) // 3 * 4 + 6):
        return f"=?utf-8?q?{quoted}?="
    return f"=?utf-8?b?{b64encode(octets).decode('ascii')}?="


# RFC 2047 §5 (3): what may stand for itself even within a phrase.
_Q_SAFE = {
    octet: chr(octet) for octet in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/"
} | {32: "_"}
