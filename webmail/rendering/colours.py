"""Colours of letters, and what becomes of them on dark paper.

A pair of colours is as legible as its contrast ratio, (L₁ + 0.05) / (L₂ + 0.05) of the relative luminances (WCAG 2.2,
"contrast ratio"). So a colour of luminance L is replaced by one of the same hue whose luminance L′ satisfies
(L′ + 0.05)(L + 0.05) = k. Every ratio then turns into its reciprocal, whoever stands on whom: dark on light becomes
light on dark, and what was legible stays so, without our knowing which text stands on which ground. k decides where
white goes; ours makes it the very dark grey of the theme. The lightest tones are cut off at white, which may cost
contrast, therefore `holds` looks at the pairs that a letter's colours can make.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import tinycss2.ast
import tinycss2.color4

LEGIBLE = 4.5  # WCAG 2.2 §1.4.3, level AA
MOST_COLOURS = 60  # of a kind; with more, nobody can promise anything
WHITE_BECOMES = 0.0085  # relative luminance of the dark paper
_K = 1.05 * (WHITE_BECOMES + 0.05)


@dataclass(frozen=True, slots=True)
class Colour:
    """sRGB, each channel 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def __str__(self) -> str:
        channels = [max(0, min(255, round(channel * 255))) for channel in (self.red, self.green, self.blue)]
        if self.alpha >= 1:
            return "#{:02x}{:02x}{:02x}".format(*channels)
        return f"rgba({channels[0]},{channels[1]},{channels[2]},{round(self.alpha, 3):g})"


WHITE, INK = Colour(1, 1, 1), Colour(0x13 / 255, 0x21 / 255, 0x1F / 255)
LINK = Colour(0x0A / 255, 0x5F / 255, 0x6B / 255)


def read(token: tinycss2.ast.Node) -> Colour | None:
    """The colour that a token of CSS is; None if it is none, or of a kind that we do not compute with."""
    try:
        found = tinycss2.color4.parse_color(token)
        if found is None or isinstance(found, str):
            return None
        red, green, blue = found.to("srgb").coordinates
    except (NotImplementedError, ValueError, TypeError, ZeroDivisionError, OverflowError):
        return None
    red, green, blue = (min(1.0, max(0.0, channel or 0.0)) for channel in (red, green, blue))
    return Colour(red, green, blue, found.alpha)


@lru_cache(maxsize=4096)
def luminance(colour: Colour) -> float:
    """Relative luminance, 0 for black and 1 for white."""
    red, green, blue = map(_linear, (colour.red, colour.green, colour.blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """1 (the same) to 21 (black and white)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=4096)
def darkened(colour: Colour) -> Colour:
    """The same hue where light and dark change places."""
    now = luminance(colour)
    wanted = min(1.0, max(0.0, _K / (now + 0.05) - 0.05))
    channels = [_linear(channel) for channel in (colour.red, colour.green, colour.blue)]
    if now > 0:
        scale = min(wanted / now, 1 / max(channels))
        channels = [channel * scale for channel in channels]
        now *= scale
    if wanted > now:  # as bright as the hue can be: mix it with white
        share = (wanted - now) / (1 - now)
        channels = [channel + (1 - channel) * share for channel in channels]
    red, green, blue = map(_encoded, channels)
    return Colour(red, green, blue, colour.alpha)


def holds(inks: Iterable[Colour], grounds: Iterable[Colour]) -> bool:
    """Whether each ink that is legible on a ground still is on dark paper (before browsers round to 8 bits)."""
    written = {INK, LINK, *inks}
    papers = {WHITE, *grounds}
    if len(written) > MOST_COLOURS or len(papers) > MOST_COLOURS:
        return False
    dark_white = darkened(WHITE)
    for ground in papers:
        light, dark = _over(ground, WHITE), _over(darkened(ground), dark_white)
        for ink in written:
            was = contrast(_over(ink, light), light)
            if was >= LEGIBLE and contrast(_over(darkened(ink), dark), dark) < LEGIBLE - 1e-6:
                return False
    return True


def _over(colour: Colour, ground: Colour) -> Colour:
    if colour.alpha >= 1:
        return colour
    share = colour.alpha
    return Colour(
        colour.red * share + ground.red * (1 - share),
        colour.green * share + ground.green * (1 - share),
        colour.blue * share + ground.blue * (1 - share),
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _encoded(channel: float) -> float:
    channel = min(1.0, max(0.0, channel))
    return channel * 12.92 if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)
