"""A message's octets as they leave us: strict line ends, no line over 998, signed, dot-stuffed.

No bare CR or LF ever leaves (SECURITY A02): what a careless next hop might take for the end of a message must not
come from us (RFC 5321 §2.3.8, §4.1.1.4). Lines end within 998 octets (RFC 5321 §4.5.3.1.6); a longer one is broken,
in the header by a fold. The work is done on whole blocks by `count`, `split` and `replace`; only a block that is
not clean is looked at line by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from mailcore.sender_auth.canonical import BodyHash

LONGEST_LINE = 998
BLOCK = 256 << 10
LONGEST_HEADER = 1 << 20  # a longer one is sent, but not signed
BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")

Sign = Callable[[bytes, bytes], bytes]  # (header, body digest) → fields to put in front


def clean(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same message in blocks of whole lines, each ended by CRLF and at most 998 octets long."""
    held = b""
    in_header = True
    for chunk in chunks:
        data = held + chunk if held else chunk
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > BLOCK:  # one endless line: break it as it comes
            cut = len(data) - len(data) % LONGEST_LINE
            block = _clean_lines(data[:cut] + b"\n", in_header)
        else:
            block = _clean(data[:cut], in_header)
        held = data[cut:]
        if block:
            in_header = in_header and b"\r\n\r\n" not in block and not block.startswith(b"\r\n")
            yield block
    if held:
        yield _clean(held + (b"\n" if held.endswith(b"\r") else b"\r\n"), in_header)


def _clean(block: bytes, in_header: bool) -> bytes:
    ends = block.count(b"\r\n")
    is_strict = block.count(b"\n") == ends == block.count(b"\r")
    if is_strict and (len(block) <= LONGEST_LINE or max(map(len, block.split(b"\n"))) <= LONGEST_LINE + 1):
        return block
    return _clean_lines(block, in_header)


def _clean_lines(block: bytes, in_header: bool) -> bytes:
    lines = BARE.sub(b"\r\n", block).split(b"\r\n")
    done = []
    for line in lines:
        in_header = in_header and line != b""
        done.append(_broken(line, b"\r\n " if in_header else b"\r\n") if len(line) > LONGEST_LINE else line)
    return b"\r\n".join(done)


def _broken(line: bytes, fold: bytes) -> bytes:
    pieces = []
    room = LONGEST_LINE - len(fold) + 2
    while len(line) > room:
        cut = line.rfind(b" ", room // 2, room) + 1 or room
        while cut > room - 4 and line[cut] & 0xC0 == 0x80:  # not within a UTF-8 character
            cut -= 1
        pieces.append(line[:cut].rstrip(b" ") if fold.endswith(b" ") and cut < len(line) else line[:cut])
        line = line[cut:]
    pieces.append(line)
    return fold.join(pieces)


def stuffed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of whole lines with leading dots doubled: RFC 5321 §4.5.2. The final dot is the sender's."""
    for block in blocks:
        text = block.replace(b"\r\n.", b"\r\n..")
        yield b"." + text if text.startswith(b".") else text


@dataclass(frozen=True, slots=True)
class Content:
    """A message ready to leave, and what a peer must know of it beforehand."""

    front: bytes  # what we put before it: signatures
    size: int  # all of it, before stuffing
    is_8bit: bool
    header_is_8bit: bool
    source: Callable[[], Iterable[bytes]]  # clean blocks, each time anew

    def blocks(self) -> Iterator[bytes]:
        """Whole lines, not stuffed."""
        if self.front:
            yield self.front
        yield from self.source()


def prepare(chunks: Callable[[], Iterable[bytes]], sign: Sign | None = None) -> Content:
    """Look at a message once: measure it, hash it, sign it. A small one is kept, a big one read again to send."""
    header = bytearray()
    in_header = True
    is_8bit = header_is_8bit = False
    size = 0
    kept: list[bytes] | None = []
    body_hash = BodyHash("relaxed")
    for block in clean(chunks()):
        size += len(block)
        is_8bit = is_8bit or not block.isascii()
        if kept is not None:
            kept.append(block)
            if size > BLOCK:
                kept = None
        body = block
        if in_header:
            # The blank line may begin this block, its first CRLF having ended the one before.
            joined = bytes(header[-2:]) + block
            at = 0 if not header and block.startswith(b"\r\n") else joined.find(b"\r\n\r\n")
            skip = len(joined) - len(block)
            if at < 0:
                header += block
                in_header = len(header) <= LONGEST_HEADER
                continue
            in_header = False
            end = 0 if not header and block.startswith(b"\r\n") else at + 2 - skip
            header += block[:end]
            body = block[end + 2 :]
        if sign:
            body_hash.update(body)
    header_is_8bit = not header.isascii()
    front = b""
    if sign and len(header) <= LONGEST_HEADER:
        front = sign(bytes(header), body_hash.digest())
    if kept is not None:
        whole = b"".join(kept)
        return Content(front, size + len(front), is_8bit, header_is_8bit, lambda: [whole])
    return Content(front, size + len(front), is_8bit, header_is_8bit, lambda: clean(chunks()))
