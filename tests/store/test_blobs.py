"""Raw octets: small ones in rows, big ones in storage, none in memory longer than needed."""

from __future__ import annotations

import mmap
import os
import random
import time
import tracemalloc

import pytest
from django.conf import settings

from mailcore.models import Blob
from mailcore.store import blobs, messages
from mailcore.store.errors import NotFound, TemporaryFailure
from mailcore.store.raw import Raw
from tests.builders import message

LIMIT = 65_536
DAY = 86_400


def octets(count: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(count)


def recorded(data: bytes) -> blobs.Stored:
    stored = blobs.put(data)
    blobs.record([stored], int(time.time()))
    return stored


def spool() -> list[str]:
    folder = settings.MAIL_DATA_DIR / "tmp"
    return [path.name for path in folder.glob("upload-*")] if folder.exists() else []


@pytest.mark.parametrize("size", [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 300_000])
def test_comes_back_as_it_was(db, size):
    data = octets(size)
    stored = recorded(data)
    assert stored.size == size
    assert blobs.read(stored.digest) == data
    assert b"".join(blobs.chunks(stored.digest)) == data
    assert blobs.read_many([stored.digest]) == {stored.digest: data}
    assert (stored.place == "") is (size <= LIMIT)


@pytest.mark.parametrize("size", [1000, 300_000])
@pytest.mark.parametrize(
    ("start", "length"), [(0, 0), (0, 10), (5, 1), (990, 100), (1000, 5), (10_000_000, 5)]
)
def test_slices(db, size, start, length):
    data = octets(size)
    digest = recorded(data).digest
    assert blobs.slice(digest, start, length) == data[start : start + length]
    assert b"".join(blobs.chunks(digest, start, length)) == data[start : start + length]


def test_chunks_are_bounded(db):
    digest = recorded(octets(1_000_000)).digest
    assert max(len(piece) for piece in blobs.chunks(digest)) <= blobs.CHUNK_BYTES


@pytest.mark.parametrize("total", [100, 200_000])
@pytest.mark.parametrize("piece", [1, 7, 65_536, 1 << 20])
def test_an_upload_may_come_in_any_pieces(db, total, piece):
    if total // piece > 50_000:
        pytest.skip("the same as with 7")
    data = octets(total)
    with blobs.upload() as upload:
        for start in range(0, total, piece):
            upload.write(data[start : start + piece])
        assert upload.size == total
        stored = upload.finish()
        assert bytes(upload.buffer()[:]) == data  # still readable, for the parser
    blobs.record([stored], int(time.time()))
    assert blobs.read(stored.digest) == data
    assert stored.digest == blobs.put(data).digest
    assert spool() == []


def test_a_big_upload_is_a_map_of_a_file(db):
    with blobs.upload() as upload:
        upload.write(octets(LIMIT + 1))
        assert isinstance(upload.buffer(), mmap.mmap)


@pytest.mark.parametrize("size", [10, LIMIT + 1])
def test_what_is_discarded_leaves_nothing(db, size):
    upload = blobs.upload()
    upload.write(octets(size))
    upload.discard()
    assert spool() == []
    assert Blob.objects.count() == 0


def test_what_is_left_unfinished_leaves_nothing(db):
    with pytest.raises(ZeroDivisionError), blobs.upload() as upload:
        upload.write(octets(LIMIT * 2))
        raise ZeroDivisionError
    assert spool() == []


def test_the_same_octets_are_stored_once(db):
    data = octets(LIMIT * 2)
    first, second = recorded(data), recorded(data)
    assert first == second
    assert Blob.objects.count() == 1
    places = list((settings.MAIL_DATA_DIR / "blobs").rglob(f"{first.digest.hex()}*"))
    assert len(places) == 1


def test_files_are_readable_by_nobody_else(db):
    stored = recorded(octets(LIMIT * 2))
    path = settings.MAIL_DATA_DIR / "blobs" / stored.place
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_missing_row_is_not_found(db):
    with pytest.raises(NotFound):
        blobs.read(b"\0" * 32)


def test_a_missing_file_is_a_passing_trouble_not_an_empty_message(db):
    stored = recorded(octets(LIMIT * 2))
    os.unlink(settings.MAIL_DATA_DIR / "blobs" / stored.place)
    with pytest.raises(TemporaryFailure):
        blobs.read(stored.digest)
    with pytest.raises(TemporaryFailure):
        list(blobs.chunks(stored.digest))


def test_a_cut_off_file_is_noticed(db):
    stored = recorded(octets(LIMIT * 2))
    os.truncate(settings.MAIL_DATA_DIR / "blobs" / stored.place, 100)
    with pytest.raises(TemporaryFailure):
        blobs.read(stored.digest)
    with pytest.raises(TemporaryFailure):
        list(blobs.chunks(stored.digest))


def test_a_folder_that_cannot_be_written_is_a_passing_trouble(db, settings, tmp_path):
    (tmp_path / "tmp").write_text("a file where a folder should be")
    settings.MAIL_DATA_DIR = tmp_path
    with pytest.raises(TemporaryFailure):
        blobs.put(octets(LIMIT * 2))


def test_a_full_disk_is_a_passing_trouble(db):
    """/dev/full says so to every write."""
    with blobs.upload() as upload:
        upload.write(octets(LIMIT * 2))
        os.dup2(os.open("/dev/full", os.O_RDWR), upload._file.fileno())
        with pytest.raises(TemporaryFailure):
            upload.write(b"more")


class TestGarbage:
    def _aged(self, stored: blobs.Stored, seconds: int) -> None:
        Blob.objects.filter(digest=stored.digest).update(touched=int(time.time()) - seconds)

    def test_what_nobody_names_goes_after_a_day(self, db):
        small, big = recorded(b"small"), recorded(octets(LIMIT * 2))
        for stored in (small, big):
            self._aged(stored, 2 * DAY)
        assert blobs.collect_garbage() == 2
        assert Blob.objects.count() == 0
        assert not (settings.MAIL_DATA_DIR / "blobs" / big.place).exists()

    def test_what_was_touched_today_stays(self, db):
        recorded(b"small")
        assert blobs.collect_garbage() == 0

    def test_storing_it_again_keeps_it(self, db):
        stored = recorded(octets(LIMIT * 2))
        self._aged(stored, 2 * DAY)
        again = recorded(octets(LIMIT * 2))
        assert blobs.collect_garbage() == 0
        assert blobs.read(again.digest) == octets(LIMIT * 2)

    def test_what_a_message_names_stays(self, inbox):
        appended = messages.append_bytes(inbox.account_id, inbox.id, message())
        Blob.objects.update(touched=0)
        assert blobs.collect_garbage() == 0
        messages.remove(inbox, [appended.uid])
        assert blobs.collect_garbage() == 0  # its tombstone still names it; upkeep decides when that goes

    def test_spool_files_of_a_crash_go_after_a_day(self, db):
        folder = settings.MAIL_DATA_DIR / "tmp"
        folder.mkdir(exist_ok=True)
        (folder / "upload-fresh").write_bytes(b"")
        (folder / "upload-old").write_bytes(b"")
        os.utime(folder / "upload-old", (0, 0))
        assert blobs.sweep_uploads() == 1
        assert spool() == ["upload-fresh"]
        (folder / "upload-fresh").unlink()


class TestRaw:
    @pytest.fixture(params=[100, LIMIT * 3])
    def raw(self, request, db) -> tuple[Raw, bytes]:
        data, prefix = octets(request.param), b"Received: by us\r\n"
        return Raw(prefix, recorded(data).digest, len(prefix) + len(data)), prefix + data

    @pytest.mark.parametrize(
        ("start", "length"),
        [(0, 5), (0, 17), (0, 18), (10, 20), (17, 3), (50, 1 << 40), (1 << 40, 1), (16, 0)],
    )
    def test_slices_across_the_seam(self, raw, start, length):
        stored, whole = raw
        assert stored.slice(start, length) == whole[start : start + length]
        assert b"".join(stored.chunks(start, length)) == whole[start : start + length]

    def test_is_prefix_and_blob(self, raw):
        stored, whole = raw
        assert stored.read() == whole == b"".join(stored.chunks())
        assert stored.part(3, 20) == whole[17 + 3 : 17 + 23]


def test_150_megabytes_pass_through_in_little_memory(inbox):
    """DESIGN §11: 16 MiB of growth at most. Python's own allocations; the map of the file is the kernel's."""
    piece = octets(1 << 20)
    tracemalloc.start()
    try:
        with blobs.upload() as upload:
            upload.write(b"Subject: big\r\n\r\n")
            for _ in range(150):
                upload.write(piece)
            stored = upload.finish()
        blobs.record([stored], int(time.time()))
        total = sum(len(chunk) for chunk in blobs.chunks(stored.digest))
        assert total == stored.size == 16 + (150 << 20)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
        os.unlink(settings.MAIL_DATA_DIR / "blobs" / stored.place)
