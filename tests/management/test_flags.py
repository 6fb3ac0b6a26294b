"""Settings as flags."""

from __future__ import annotations

import pytest
from django.conf import settings

from mailcore.supervisor import flags


@pytest.mark.parametrize(
    ("words", "rest", "environment"),
    [
        ("up", "up", {}),
        ("up --domain example.org", "up", {"MAIL_DOMAIN": "example.org"}),
        ("up --domain=example.org --demo", "up", {"MAIL_DOMAIN": "example.org", "MAIL_DEMO": "yes"}),
        ("listen --number 1 --port-imap 0", "listen --number 1", {"MAIL_PORT_IMAP": "0"}),
        ("create_account a@b --data-dir x", "create_account a@b", {"MAIL_DATA_DIR": "x"}),
        ("migrate --database other", "migrate --database other", {}),  # Django's own
        ("startproject --demo", "startproject --demo", {}),
        ("", "", {}),
    ],
)
def test_flags_are_taken_out(words: str, rest: str, environment: dict[str, str]) -> None:
    assert flags.split(["manage.py", *words.split()]) == (["manage.py", *rest.split()], environment)


def test_port_base_sets_every_port() -> None:
    _, environment = flags.split(["manage.py", "up", "--port-base", "9000"])
    assert environment["MAIL_PORT_WEB"] == "9000"
    assert environment["MAIL_PORT_POP3S"] == "9007"
    assert len(environment) == 8


def test_every_flag_is_a_setting() -> None:
    for flag in flags.FLAGS:
        if flag.variable.startswith("MAIL_"):
            assert hasattr(settings, flag.variable), flag.name
