"""One connection's compression, both ways: raw deflate, flushed after every answer. RFC 4978 §4.

What a small message inflates to is the client's choice, so inflating is bounded: `inflate` gives at most so many
octets, keeps the rest of its input, and goes on when it is asked again.
"""

from __future__ import annotations

import zlib

# Half of the usual window, and small tables: 48 KiB a session instead of 256, for one part in a hundred more octets.
_LEVEL, _WINDOW_BITS, _MEMORY = 5, -14, 6


class Deflation:
    """The two streams of a connection."""

    __slots__ = ("_deflater", "_held", "_inflater")

    def __init__(self) -> None:
        self._deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY)
        self._inflater = zlib.decompressobj(-15)  # the client chooses its window
        self._held = b""

    @property
    def holds(self) -> bool:
        """Whether input waits to be inflated."""
        return bool(self._held)

    def deflate(self, data: bytes) -> bytes:
        """What to send for `data`; the client can read all of it at once."""
        return self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH)

    def inflate(self, data: bytes, at_most: int) -> bytes:
        """What was said, up to so many octets. Raises zlib.error; b"" after the client ended its stream."""
        if self._inflater.eof:
            return b""
        said = self._inflater.decompress(self._held + data, at_most)
        self._held = self._inflater.unconsumed_tail
        return said
