"""The colours one may choose: every one keeps text readable (WCAG 2.2 §1.4.3, §1.4.11)."""

from __future__ import annotations

import re

import pytest

from mailcore.identity import preferences
from tests.architecture.tree import ROOT

TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
PAIR = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);")
ROOM = {name: (light, dark) for name, light, dark in PAIR.findall(TOKENS.partition("[data-accent")[0])}


def accent(name: str) -> dict[str, tuple[str, str]]:
    if name == "petrol":
        return ROOM
    block = re.search(rf'\[data-accent="{name}"\] \{{(.*?)\}}', TOKENS, re.S)
    assert block, f"tokens.css has no accent {name}"
    return ROOM | {token: (light, dark) for token, light, dark in PAIR.findall(block[1])}


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("name", preferences.ACCENTS)
def test_text_stays_readable(name, dark):
    colours = {token: pair[dark] for token, pair in accent(name).items()}
    for text, ground in [
        ("accent", "surface"), ("accent", "surface-2"), ("accent", "paper"), ("accent-ink", "accent"),
        ("accent-ink", "accent-strong"), ("accent-soft-ink", "accent-soft"),
    ]:  # fmt: skip
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["focus"], colours["surface-3"]) >= 3
