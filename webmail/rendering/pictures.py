"""What a picture is, by its first bytes: names and declared types are a stranger's word."""

from __future__ import annotations

LONGEST = 32  # bytes that are looked at


def kind(head: bytes) -> str | None:
    """The image type that browsers will draw and nothing else; None for SVG and everything that is no picture."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "image/bmp"
    return None
