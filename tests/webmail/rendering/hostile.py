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


def everything() -> dict[str, str]:
    """The tables of test_sanitize.py too: name → markup."""
    from tests.webmail.rendering import test_sanitize as tables

    found = cases()
    for name, markups in (("script", tables.SCRIPTS), ("foreign", tables.FOREIGN), ("leak", tables.LEAKS)):
        found |= {f"{name} {number}": markup for number, markup in enumerate(markups)}
    found |= {f"style: {style}": f'<p style="{style}">style</p>' for style in tables.STYLES}
    found |= {f"sheet: {sheet}": f"<style>{sheet}</style><p>sheet</p>" for sheet in tables.SHEETS}
    found |= {
        f"address: {address}": f"<a href='{address}'>click</a><img src='{address}'>"
        for address in tables.ADDRESSES
    }
    return found
