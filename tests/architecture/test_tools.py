"""Format, lint and types are part of the tests."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param("ruff format --check .", id="format"),
        pytest.param("ruff check .", id="lint"),
        pytest.param("mypy mailcore webmail", id="types"),
    ],
)
def test_tool_has_nothing_to_say(command: str):
    done = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
