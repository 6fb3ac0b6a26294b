"""audio/basic as something that browsers play: µ-law at 8 kHz becomes 16-bit WAV. RFC 2046 §4.3."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

_AU_MAGIC = b".snd"
_MU_LAW = 1  # the encoding that an .au header names so


def _linear(code: int) -> int:
    """One sample: sign, three bits of exponent, four of mantissa, all inverted (ITU-T G.711)."""
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - value if code & 0x80 else value - 0x84


_SAMPLES = [struct.pack("<h", _linear(code)) for code in range(256)]


def wav(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A WAV of unknown length around the samples; what is no µ-law comes out as it was (and will not play)."""
    pieces = iter(chunks)
    first = next(pieces, b"")
    rate, channels = 8000, 1
    if first[:4] == _AU_MAGIC and len(first) >= 24:
        offset, _, encoding, rate, channels = struct.unpack(">5I", first[4:24])
        if encoding != _MU_LAW or not 0 < channels <= 8 or not 0 < rate <= 192_000:
            yield first
            yield from pieces
            return
        first = first[min(offset, 4096) :]
    yield _header(rate, channels)
    yield _converted(first)
    for piece in pieces:
        yield _converted(piece)


def _converted(samples: bytes) -> bytes:
    return b"".join([_SAMPLES[code] for code in samples])


def _header(rate: int, channels: int) -> bytes:
    width = 2 * channels
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * width, width, 16)
    endless = struct.pack("<I", 0x7FFF_FFFF)  # how browsers read a stream: until it ends
    return b"RIFF" + endless + b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + endless
