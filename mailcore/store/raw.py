"""A message's octets as the world sees them: the trace fields we added, then the blob that arrived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailcore.store import blobs


@dataclass(frozen=True, slots=True)
class Raw:
    """`size` counts the prefix; offsets given to `slice` and `chunks` do too. Part offsets do not."""

    prefix: bytes
    digest: bytes
    size: int

    def read(self) -> bytes:
        """All of it."""
        return self.prefix + blobs.read(self.digest)

    def slice(self, start: int, length: int) -> bytes:
        """`length` octets from `start`; fewer at the end."""
        head = self.prefix[start : start + length]
        rest = length - len(head)
        if rest <= 0:
            return head
        return head + blobs.slice(self.digest, max(0, start - len(self.prefix)), rest)

    def chunks(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The octets from `start` on, at most 256 KiB at a time."""
        end = self.size if length is None else min(self.size, start + length)
        head = self.prefix[start:end]
        if head:
            yield head
        skipped = len(self.prefix)
        if end > skipped:
            begin = max(start, skipped)
            yield from blobs.chunks(self.digest, begin - skipped, end - begin)

    def part(self, start: int, length: int) -> bytes:
        """Octets at offsets of the part tree (relative to the blob)."""
        return blobs.slice(self.digest, start, length)
