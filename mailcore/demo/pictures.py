"""Pictures drawn from a seed: hills under a sky, as PNG. No pixel of anybody else's in the repository."""

from __future__ import annotations

import math
import struct
import zlib
from random import Random

Colour = tuple[int, int, int]

PALETTES: tuple[tuple[Colour, Colour, Colour, Colour], ...] = (
    # sky above      sky below        far hills        near hills
    ((252, 214, 170), (246, 150, 121), (140, 99, 128), (45, 49, 84)),
    ((173, 216, 230), (240, 248, 246), (116, 160, 150), (30, 72, 74)),
    ((34, 40, 80), (222, 130, 110), (84, 66, 104), (20, 22, 44)),
    ((255, 236, 179), (255, 249, 229), (214, 167, 92), (116, 74, 38)),
    ((214, 228, 240), (250, 244, 236), (150, 172, 190), (52, 78, 104)),
)


CREAM, RED, GREY, LAMP, DARK = (253, 243, 223), (194, 55, 28), (138, 143, 148), (255, 216, 120), (18, 52, 59)


def landscape(seed: str, width: int = 640, height: int = 400) -> bytes:
    """Hills, and on them a lighthouse where the name speaks of plates, covers or roofs (a red one only there)."""
    random = Random(f"landscape {seed}")
    has_tower = any(word in seed for word in ("plate", "cover", "roof", "sheet"))
    roof = GREY if "plate" in seed else RED
    above, below, far, near = random.choice(PALETTES)
    ridges = [_ridge(random, width, height, layer) for layer in range(4)]
    sun_x, sun_y = random.uniform(0.2, 0.8) * width, random.uniform(0.18, 0.4) * height
    sun_radius = height * random.uniform(0.06, 0.1)
    hills = [_mix(far, near, layer / 3) for layer in range(4)]
    rows = bytearray()
    for y in range(height):
        sky = _mix(above, below, y / height)
        rows.append(0)
        for x in range(width):
            colour = sky
            if (x - sun_x) ** 2 + (y - sun_y) ** 2 < sun_radius**2:
                colour = _mix(sky, (255, 252, 240), 0.85)
            for layer in (3, 2, 1, 0):
                if y > ridges[layer][x]:
                    colour = hills[layer]
                    break
            if has_tower:
                colour = _tower((x - width * 0.3) / height, 1 - y / height, roof) or colour
            rows += bytes(colour)
    return _png(width, height, bytes(rows))


def _tower(x: float, y: float, roof: Colour) -> Colour | None:
    """The colour of the lighthouse `x` beside its axis, `y` above the ground (in picture heights)."""
    if 0.12 < y < 0.62 and abs(x) < 0.075 - 0.05 * y:
        return RED if 0.26 < y < 0.36 or 0.46 < y < 0.55 else CREAM
    if 0.62 <= y < 0.64 and abs(x) < 0.06:
        return DARK
    if 0.64 <= y < 0.72 and abs(x) < 0.042:
        return LAMP if abs(x) < 0.032 else DARK
    if 0.72 <= y < 0.8 and abs(x) < 0.8 - y - 0.02:
        return roof
    return None


def _ridge(random: Random, width: int, height: int, layer: int) -> list[float]:
    base = height * (0.5 + layer * 0.13)
    waves = [
        (random.uniform(0.5, 2) * (n + 1), random.uniform(0, math.tau), height * 0.09 / (n + 1))
        for n in range(4)
    ]
    return [
        base + sum(math.sin(x / width * math.tau * turns + phase) * tall for turns, phase, tall in waves)
        for x in range(width)
    ]


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )
