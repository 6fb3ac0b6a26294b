"""Photos: small, without what their cameras wrote, and no traps."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from mailcore.people import photos
from mailcore.people.errors import NotAPicture


def picture(width: int, height: int, form: str = "PNG", mode: str = "RGB", **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), 0 if mode == "P" else "red").save(out, form, **more)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is huge and holds nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("form", "mode"),
    [
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "L"),
        ("JPEG", "CMYK"),
        ("JPEG", "RGB"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
        ("BMP", "RGB"),
    ],
)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (10, 900), (900, 10), (2000, 1500)])
def test_whatever_comes_in_a_small_jpeg_comes_out(form, mode, width, height):
    made = Image.open(io.BytesIO(photos.small(picture(width, height, form, mode))))
    assert (made.format, made.size, made.mode) == ("JPEG", (256, 256), "RGB")


def test_place_and_time_stay_behind():
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0)}
    exif[0x0112] = 6  # turned by 90 degrees
    made = photos.small(picture(400, 300, "JPEG", exif=exif))
    assert b"Exif" not in made and b"Camera" not in made
    assert not Image.open(io.BytesIO(made)).getexif()


@pytest.mark.parametrize(
    "octets",
    [
        b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0",
        bomb(60_000, 60_000), bomb(10_000, 10_000), bomb(100, 100), picture(900, 900)[:500], b"%PDF-1.4",
        b"x" * (11 << 20),
    ],
)  # fmt: skip
def test_what_is_none_or_a_trap_is_refused(octets):
    """SECURITY C14."""
    with pytest.raises(NotAPicture):
        photos.small(octets)
