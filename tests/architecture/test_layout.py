"""The top level, and the names of files: no rooms for leftovers."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.architecture.tree import ROOT

TOP = {  # the card, and what tools need
    "manage.py", "webmail", "mailcore", "templates", "static", "tests", "requirements.txt", "README.md",
    "pyproject.toml", ".ci", ".gitignore", "LICENSE",
}  # fmt: skip
LEFTOVERS = {
    "utils", "util", "helpers", "helper", "common", "misc", "lib", "constants", "services", "managers",
    "handlers",
}  # fmt: skip


def tracked() -> list[str]:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout, or no git")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip(listed.stderr)
    return listed.stdout.splitlines()


def test_top_level_is_as_on_the_card():
    assert {path.partition("/")[0] for path in tracked()} <= TOP


def test_no_file_is_named_for_leftovers():
    for path in tracked():
        if path.endswith(".py"):
            assert not LEFTOVERS & {part.removesuffix(".py") for part in path.split("/")}, path


def test_python_files_are_small():
    """STYLE: mostly 100-300 lines. A file beyond 600 holds more than one thing."""
    for path in tracked():
        if path.endswith(".py") and path.startswith(("mailcore/", "webmail/")) and "/demo/" not in path:
            assert len((ROOT / path).read_text().splitlines()) <= 600, path


def test_no_path_or_host_of_a_workshop_is_named():
    for path in tracked():
        if path.endswith((".py", ".sh", ".toml", ".md", ".txt", ".html", ".js", "run")) and path != __file__:
            text = (ROOT / path).read_text(errors="replace")
            for word in ("/work" + "/", "../" + "shared", "/ro" + "ot/"):
                assert word not in text, f"{path} names {word}"
