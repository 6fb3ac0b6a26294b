"""Many files as one .zip, made while it is sent: nothing is held but the piece that is on its way."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

CHUNK = 1 << 16


class _Pipe:
    """Where the archive is written to; it cannot go back, so sizes follow their files."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


def zipped(files: Iterable[tuple[str, Iterable[bytes]]], at: datetime) -> Iterator[bytes]:
    """The archive in pieces. Names must be safe and unique; ZIP64 comes by itself where a size needs it.

    A name that ends in "/" is an empty folder.
    """
    pipe = _Pipe()
    moment = (min(max(at.year, 1980), 2107), at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
        for name, chunks in files:
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o40755 << 16) | 0x10 if entry.is_dir() else 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as file:
                for chunk in chunks:
                    file.write(chunk)
                    if data := pipe.taken():
                        yield data
    yield pipe.taken()
