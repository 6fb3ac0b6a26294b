"""Migrations match the models, and are named for what they do."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command

from tests.architecture.tree import ROOT

FILES = sorted(ROOT.glob("mailcore/migrations/0*.py"))


@pytest.mark.django_db
def test_no_migration_is_missing(capsys):
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_migration_is_named_for_what_it_does(path):
    assert re.fullmatch(r"\d{4}_[a-z][a-z_0-9]+", path.stem) and "auto_" not in path.stem


def test_numbers_are_a_sequence():
    assert [int(path.name[:4]) for path in FILES] == list(range(1, len(FILES) + 1))
