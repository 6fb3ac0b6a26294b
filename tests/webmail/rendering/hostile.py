"""The corpus of hostile letters: tests/mail/hostile/*.txt and the tables of test_sanitize.py, each case with a name."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "mail" / "hostile"
_CONTROL = re.compile(r"\\x(0[0-9a-f]|1b)")


def cases() -> dict[str, str]:
    """Name → markup, as it stands in a letter."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.txt")):
        for block in file.read_text(encoding="utf-8").split("\n%% ")[1:]:
            name, _, markup = block.partition("\n")
            markup = _CONTROL.sub(lambda match: chr(int(match[1], 16)), markup.rstrip("\n"))
            found[f"{file.stem}: {name}"] = markup
    return found
