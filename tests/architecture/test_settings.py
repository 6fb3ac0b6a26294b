"""Settings, flags and commands named in README are those that exist, and the other way round."""

from __future__ import annotations

import re

from mailcore.supervisor import flags
from tests.architecture.tree import ROOT

SETTING = re.compile(r'env\.\w+\(\s*"([A-Z_0-9]+)"')


def readme() -> str:
    return (ROOT / "README.md").read_text()


def table() -> dict[str, str]:
    """Variable → its row, from the settings table."""
    rows = re.findall(r"^\| `([A-Z_0-9]+)` \|(.*)$", readme(), re.M)
    assert len(rows) == len(dict(rows)), "a setting has two rows"
    return dict(rows)


def test_readmes_table_is_what_settings_read():
    read = set(SETTING.findall((ROOT / "webmail" / "settings.py").read_text()))
    assert set(table()) == read


def test_readme_knows_the_flags_of_up():
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", "".join(table().values())))
    ours = {flag.name for flag in flags.FLAGS if flag.variable}
    assert named == ours


def test_each_flag_stands_in_the_row_of_its_variable():
    rows = table()
    for flag in flags.FLAGS:
        if flag.variable:
            assert f"`{flag.name}" in rows[flag.variable], flag


def test_commands_named_in_readme_exist():
    from django.core.management import get_commands

    named = set(re.findall(r"manage\.py ([a-z_]+)", readme()))
    assert named <= set(get_commands())


def test_our_commands_are_named_in_readme():
    ours = {path.stem for path in (ROOT / "mailcore" / "management" / "commands").glob("[a-z]*.py")}
    assert ours <= set(re.findall(r"`?([a-z_]+)", readme()))


def test_files_named_in_readme_exist():
    for path in re.findall(r"`((?:mailcore|webmail|tests|templates|static)/[\w./]+)`", readme()):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"\]\(([\w./-]+)\)", readme()):
        assert (ROOT / path).exists(), path
