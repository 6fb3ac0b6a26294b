"""Settings that contradict each other keep the service from starting."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcore.system_checks import settings_agree


def found() -> set[str | None]:
    return {message.id for message in settings_agree(None)}


def test_a_sound_set_is_not_remarked_on() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("MAIL_HOSTNAME", "mx example.org", "mail.E002"),
        ("MAIL_HOSTNAME", "http://mx.example.org", "mail.E002"),
        ("MAIL_PUBLIC_URL", "mail.example.org", "mail.E003"),
        ("MAIL_SMART_HOST", "relay.example.net:smtp", "mail.E004"),
        ("MAIL_SMART_HOST", ":25", "mail.E004"),
        ("SECRET_KEY", "short", "mail.E005"),
    ],
)
def test_each_contradiction_has_a_name(settings, name: str, value: str, expected: str) -> None:
    setattr(settings, name, value)
    assert found() == {expected}


@pytest.mark.parametrize(("name", "expected"), [("MAIL_PLAINTEXT_AUTH", "mail.W001"), ("DEBUG", "mail.E006")])
def test_what_is_fine_on_loopback_is_not_fine_on_a_network(settings, name: str, expected: str) -> None:
    setattr(settings, name, True)
    assert found() == set()
    settings.MAIL_BIND = "0.0.0.0"
    assert found() == {expected}


def test_certificate_and_key_belong_together(settings, tmp_path: Path) -> None:
    settings.MAIL_TLS_CERT, settings.MAIL_TLS_KEY = tmp_path / "certificate.pem", tmp_path / "key.pem"
    assert found() == set()
    settings.MAIL_TLS_KEY.touch()
    assert found() == {"mail.E001"}
