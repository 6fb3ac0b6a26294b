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


def announced() -> list[tuple[str, str]]:
    """(room, word) for everything that servers announce."""
    from mailcore.imap.capabilities import CAPABILITIES as IMAP
    from mailcore.pop3.commands.capabilities import CAPABILITIES as POP3
    from mailcore.smtp.extensions import EXTENSIONS as SMTP

    words = [("imap", capability.word) for capability in IMAP]
    words += [("smtp", extension.keyword) for extension in SMTP]
    return [*words, *(("pop3", line.split()[0]) for line, *_ in POP3)]


@pytest.mark.parametrize(("room", "word"), announced())
def test_what_is_announced_belongs_to_a_standard(room: str, word: str):
    assert standards.offering(word), word


@pytest.mark.parametrize(("room", "word"), announced())
def test_what_is_announced_is_tested(room: str, word: str):
    """By name, in the tests of its room or by a client of somebody else's."""
    name = word.removeprefix("AUTH=").partition("=")[0].rstrip("+")
    files = [*(ROOT / "tests" / room).rglob("*.py"), *(ROOT / "tests" / "interop").glob("*.py")]
    assert any(re.search(rf"\b{re.escape(name)}", path.read_text(), re.I) for path in files), name


def test_nothing_else_is_said_to_be_announced():
    said = {
        word
        for standard in standards.STANDARDS
        for word in standard.offers
        if standard.extent != "not offered"
    }
    really = {word for _, word in announced()}
    stems = {word.partition("=")[0] for word in really}
    assert said <= really | stems | {"APPENDLIMIT"}
