"""Raw octets: put, read, slice, forget. The one place that knows Django's storage.

Up to MAIL_INLINE_BLOB_BYTES they live in the Blob row (one transaction, one fsync, no round trip to S3); bigger
ones are written to storage, and made durable, *before* a row names them. What is streamed in is never held in
memory beyond that limit.
"""

from __future__ import annotations

import logging
import mmap
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection

from mailcore.store.errors import NotFound, TemporaryFailure

log = logging.getLogger(__name__)

CHUNK_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Stored:
    """Octets that are safe to name in a row: `content` goes into the row itself, `place` is in storage."""

    digest: bytes
    size: int
    content: bytes | None = None
    place: str = ""


class Upload:
    """Octets on their way in. `write` them, then `finish` or `discard`; `close` lets go of the buffer.

    Usable as a context manager: leaving it closes, and discards what was not finished.
    """

    def __init__(self) -> None:
        self.size = 0
        self._hash = blake2b(digest_size=32)
        self._chunks: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._path = ""
        self._map: mmap.mmap | None = None

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: bytes) -> int:
        """Take `data`. Raises TemporaryFailure when the disk is full."""
        self._hash.update(data)
        self.size += len(data)
        if self._file is None:
            self._chunks.append(bytes(data))
            if self.size > settings.MAIL_INLINE_BLOB_BYTES:
                self._spill()
        else:
            self._write_out(data)
        return len(data)

    def _spill(self) -> None:
        folder = settings.MAIL_DATA_DIR / "tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, self._path = tempfile.mkstemp(prefix="upload-", dir=folder)
            self._file = os.fdopen(handle, "w+b", buffering=0)
        except OSError as problem:
            raise TemporaryFailure("Storage is not available right now") from problem
        data, self._chunks = b"".join(self._chunks), []
        self._write_out(data)

    def _write_out(self, data: bytes) -> None:
        assert self._file is not None
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as problem:
            raise TemporaryFailure("Storage is not available right now") from problem

    def buffer(self) -> bytes | mmap.mmap:
        """Everything written, for parsing: bytes, or a map of the file. Valid until `close`."""
        if self._file is None:
            if len(self._chunks) > 1:
                self._chunks = [b"".join(self._chunks)]
            return self._chunks[0] if self._chunks else b""
        if self._map is None:
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._map

    def finish(self) -> Stored:
        """Make it durable (big) or ready for its row (small). Raises TemporaryFailure."""
        digest = self._hash.digest()
        if self._file is None:
            content = self.buffer()
            assert isinstance(content, bytes)
            return Stored(digest, self.size, content=content)
        place = known_place(digest)
        if not place:
            self.buffer()  # keeps the octets readable after the file has moved
            place = _save(digest, self._path, self._file)
        return Stored(digest, self.size, place=place)

    def discard(self) -> None:
        """Forget it; nothing was named yet, so nothing needs undoing."""
        self.close()

    def close(self) -> None:
        """Free memory and file; a finished blob stays."""
        self._chunks = []
        if self._map is not None:
            self._map.close()
            self._map = None
        if self._file is not None:
            self._file.close()
            self._file = None
            if os.path.exists(self._path):
                os.unlink(self._path)


class _Spooled(File):  # type: ignore[type-arg]
    """A finished upload as Django storages like it: FileSystemStorage may simply rename it."""

    def __init__(self, file: IO[bytes], path: str) -> None:
        super().__init__(file, name=path)
        self._path = path

    def temporary_file_path(self) -> str:
        return self._path


def _save(digest: bytes, path: str, file: IO[bytes]) -> str:
    name = digest.hex()
    # The random tail: two uploads of the same octets never share a file, so one may be thrown away safely.
    place = f"{name[:2]}/{name}-{secrets.token_hex(4)}"
    try:
        file.seek(0)
        return str(default_storage.save(place, _Spooled(file, path)))
    except Exception as problem:  # every storage fails in its own words
        log.error("blob-save-failed place=%s reason=%r", place, problem)
        raise TemporaryFailure("Storage is not available right now") from problem


def upload() -> Upload:
    """Begin to store octets whose number is not known yet."""
    return Upload()


def put(data: bytes) -> Stored:
    """Store `data` in one go."""
    if len(data) <= settings.MAIL_INLINE_BLOB_BYTES:
        return Stored(blake2b(data, digest_size=32).digest(), len(data), content=data)
    with upload() as incoming:
        incoming.write(data)
        return incoming.finish()


def known_place(digest: bytes) -> str:
    """Where the same octets are already, '' if nowhere; the collector will leave them alone for a day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT place, touched FROM mailcore_blob WHERE digest = %s", [digest])
        row = cursor.fetchone()
    # A row the collector may be looking at right now is not counted on.
    return row[0] if row and row[0] and row[1] > time.time() - KEEP_SECONDS / 2 else ""


def record(stored: Iterable[Stored], now: int) -> None:
    """Write the rows that name blobs, inside the caller's transaction."""
    rows = {item.digest: (item.digest, item.size, now, item.place, item.content) for item in stored}
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO mailcore_blob (digest, size, touched, place, content) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (digest) DO UPDATE SET touched = excluded.touched",
            [
                rows[digest] for digest in sorted(rows)
            ],  # in one order, so that no two writers wait for each other
        )


def _row(digest: bytes) -> tuple[int, str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, place, content FROM mailcore_blob WHERE digest = %s", [digest])
        row: tuple[int, str, Any] | None = cursor.fetchone()
    if row is None:
        raise NotFound("The message's octets are missing")
    return row


def read(digest: bytes) -> bytes:
    """All of it. For what may be big, use `chunks`."""
    size, place, content = _row(digest)
    return bytes(content) if content is not None else _read_place(place, 0, size)


def slice(digest: bytes, start: int, length: int) -> bytes:
    """`length` octets from `start`; fewer at the end."""
    size, place, content = _row(digest)
    if content is not None:
        return bytes(content[start : start + length])
    return _read_place(place, start, max(0, min(length, size - start)))


def chunks(digest: bytes, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """The octets from `start` on, at most 256 KiB at a time; nothing is held open in between."""
    size, place, content = _row(digest)
    end = size if length is None else min(size, start + length)
    if content is not None:
        if start < end:
            yield bytes(content[start:end])
        return
    while start < end:
        piece = _read_place(place, start, min(CHUNK_BYTES, end - start))
        yield piece
        start += len(piece)


def read_many(digests: Iterable[bytes]) -> dict[bytes, bytes]:
    """Whole blobs by digest, in one query; missing ones are left out."""
    wanted = list(dict.fromkeys(bytes(digest) for digest in digests))
    if not wanted:
        return {}
    marks = ",".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT digest, size, place, content FROM mailcore_blob WHERE digest IN ({marks})", wanted
        )
        rows = cursor.fetchall()
    return {
        bytes(digest): bytes(content) if content is not None else _read_place(place, 0, size)
        for digest, size, place, content in rows
    }


def _read_place(place: str, start: int, length: int) -> bytes:
    """A range of a stored file: pread on a disk, a ranged GET on S3."""
    if length <= 0:
        return b""
    try:
        storage: Any = default_storage
        if hasattr(storage, "bucket"):
            key = storage._normalize_name(place)
            answer = storage.bucket.Object(key).get(Range=f"bytes={start}-{start + length - 1}")
            data = bytes(answer["Body"].read())
        else:
            with default_storage.open(place, "rb") as file:
                file.seek(start)
                data = bytes(file.read(length))
    except Exception as problem:  # every storage fails in its own words
        log.error("blob-read-failed place=%s reason=%r", place, problem)
        raise TemporaryFailure("A stored message cannot be read right now") from problem
    if len(data) != length:
        log.error("blob-too-short place=%s start=%d wanted=%d got=%d", place, start, length, len(data))
        raise TemporaryFailure("A stored message is shorter than it should be")
    return data


# --- forgetting -----------------------------------------------------------------------------------

KEEP_SECONDS = 86_400


def collect_garbage(limit: int = 1000) -> int:
    """Delete up to `limit` blobs that no message and no outbound message names; how many there were.

    Only those nobody has touched for a day: a delivery touches the row before it counts on it, in a statement
    that makes ours look again, so the two can never miss each other.
    """
    from mailcore.store import writing  # writing is above us in the room; here we only need its turnstile

    with writing.exclusive(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM mailcore_blob WHERE touched < %s AND digest IN ("
            " SELECT b.digest FROM mailcore_blob b WHERE b.touched < %s"
            " AND NOT EXISTS (SELECT 1 FROM mailcore_message m WHERE m.digest = b.digest)"
            " AND NOT EXISTS (SELECT 1 FROM mailcore_outboundmessage o WHERE o.digest = b.digest)"
            " AND NOT EXISTS (SELECT 1 FROM mailcore_draftfile d WHERE d.digest = b.digest)"
            " AND NOT EXISTS (SELECT 1 FROM mailcore_person p WHERE p.photo = b.digest)"
            " LIMIT %s) RETURNING place",
            [int(time.time()) - KEEP_SECONDS, int(time.time()) - KEEP_SECONDS, limit],
        )
        places = [row[0] for row in cursor.fetchall()]
    for place in filter(None, places):
        default_storage.delete(place)
    return len(places)


def collect_orphans() -> int:
    """Delete stored files that no row names: a crash before the row, or the same octets stored twice at once.

    Only files older than a day: a younger one may be waiting for its row.
    """
    removed = 0
    try:
        folders = default_storage.listdir("")[0]
    except FileNotFoundError:
        return 0
    for folder in folders:
        places = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
        for start in range(0, len(places), 500):
            removed += _remove_unnamed(places[start : start + 500])
    return removed


def _remove_unnamed(places: list[str]) -> int:
    digests = [bytes.fromhex(place.partition("/")[2].partition("-")[0]) for place in places]
    marks = ",".join(["%s"] * len(digests))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT place FROM mailcore_blob WHERE digest IN ({marks})", digests)
        unnamed = set(places) - {row[0] for row in cursor.fetchall()}
    limit = time.time() - KEEP_SECONDS
    old = [place for place in unnamed if default_storage.get_modified_time(place).timestamp() < limit]
    for place in old:
        default_storage.delete(place)
    return len(old)


def sweep_uploads(older_than_seconds: int = KEEP_SECONDS) -> int:
    """Remove spool files that a crash left behind; how many there were."""
    removed = 0
    for path in (settings.MAIL_DATA_DIR / "tmp").glob("upload-*"):
        if path.stat().st_mtime < time.time() - older_than_seconds:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
