"""Every standard that code names is in the table, and everything a server announces belongs to one."""

from __future__ import annotations

import re

import pytest

from mailcore import standards
from tests.architecture.tree import ROOT, Module, modules

RFC = re.compile(r"\bRFC\s+(\d+)")


@pytest.mark.parametrize("module", [module for module in modules() if RFC.search(module.text)], ids=str)
def test_what_code_names_is_in_the_table(module: Module):
    named = {int(number) for number in RFC.findall(module.text)}
    assert named - set(standards.BY_NUMBER) == set()


@pytest.mark.parametrize("module", modules(), ids=str)
def test_standards_are_cited_in_one_spelling(module: Module):
    """`RFC 9051 §6.4.8`, so that one grep finds it."""
    wrong = re.findall(r"\bRFC-?\d{4}\b|\bRFC \d+,? (?:section|sec\.|s)\s*\d[\d.]*", module.text)
    assert wrong == []


def test_each_standard_stands_once_and_has_a_room():
    numbers = [standard.rfc for standard in standards.STANDARDS]
    assert len(numbers) == len(set(numbers))
    for standard in standards.STANDARDS:
        rooms = (
            ROOT / "mailcore" / standard.room,
            ROOT / "mailcore" / f"{standard.room}.py",
            ROOT / standard.room,
        )
        assert any(room.exists() for room in rooms), standard
