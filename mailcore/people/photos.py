"""Photos of people: taken in, made small, and made anew, so that nothing but pixels is left of them.

What was sent is decoded by Pillow under a limit of pixels, turned as its camera said, cut to 256 and written as JPEG:
place, time and thumbnails of the original are gone, and so is whatever else was hidden in the file.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from mailcore.people.errors import NotAPicture

MOST_OCTETS = 10 << 20
MOST_PIXELS = 50_000_000
EDGE = 256
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


def small(octets: bytes) -> bytes:
    """A JPEG of at most 256 × 256 pixels. Raises NotAPicture."""
    if len(octets) > MOST_OCTETS:
        raise NotAPicture("A photo has 10 MB at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(octets), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise NotAPicture("That picture is too large")
                picture.draft("RGB", (2 * EDGE, 2 * EDGE))  # a JPEG need not be decoded at its whole size
                turned = ImageOps.exif_transpose(picture)
                turned.thumbnail((4 * EDGE, 4 * EDGE))
                return _jpeg(ImageOps.fit(_flat(turned), (EDGE, EDGE)))
    except NotAPicture:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise NotAPicture("That is not a picture we can read") from problem
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, OverflowError, IndexError) as problem:
        raise NotAPicture("That picture is damaged") from problem


def _flat(picture: Image.Image) -> Image.Image:
    """On white, where it was transparent."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        paper = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(paper, seen).convert("RGB")
    return picture.convert("RGB")


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
