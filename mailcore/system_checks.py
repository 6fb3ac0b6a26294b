"""Refuse to start half configured: each setting alone is well formed (`webmail.env`), here they must make
sense together.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LOOPBACK = ("127.", "::1", "localhost")


@register(Tags.compatibility)
def settings_agree(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Everything that contradicts itself, with what to do about it."""
    return [*_doors(), *_names(), *_secrets()]


def _doors() -> Iterator[CheckMessage]:
    certificate, key = settings.MAIL_TLS_CERT, settings.MAIL_TLS_KEY
    if certificate.exists() != key.exists():
        present, absent = (certificate, key) if certificate.exists() else (key, certificate)
        yield Error(
            f"{present} is there, {absent} is not.",
            hint="MAIL_TLS_CERT and MAIL_TLS_KEY belong together.",
            id="mail.E001",
        )
    if settings.MAIL_PLAINTEXT_AUTH and not settings.MAIL_BIND.startswith(LOOPBACK):
        yield Warning(
            "MAIL_PLAINTEXT_AUTH lets passwords cross the network in the clear.",
            hint="Switch it off, or listen on 127.0.0.1 alone (MAIL_BIND).",
            id="mail.W001",
        )


def _names() -> Iterator[CheckMessage]:
    if any(character.isspace() or character in "/@:" for character in settings.MAIL_HOSTNAME):
        yield Error(
            f"MAIL_HOSTNAME={settings.MAIL_HOSTNAME!r} is no host name.",
            hint="The name by which other servers know this one, such as mx.example.org.",
            id="mail.E002",
        )
    if settings.MAIL_PUBLIC_URL and urlsplit(settings.MAIL_PUBLIC_URL).scheme not in ("http", "https"):
        yield Error(
            f"MAIL_PUBLIC_URL={settings.MAIL_PUBLIC_URL!r} is no http or https URL.",
            hint="What people type to reach the pages, such as https://mail.example.org/.",
            id="mail.E003",
        )
    for network in settings.MAIL_IMPORT_NETWORKS:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            yield Error(
                f"MAIL_IMPORT_NETWORKS: {network!r} is no network.",
                hint="Such as 10.1.0.0/16,fd00::/8.",
                id="mail.E007",
            )
    if settings.MAIL_SMART_HOST:
        host, colon, port = settings.MAIL_SMART_HOST.rpartition(":")
        if colon and not (host and port.isdecimal() and 0 < int(port) < 65536):
            yield Error(
                f"MAIL_SMART_HOST={settings.MAIL_SMART_HOST!r} is not host:port.",
                hint="Such as relay.example.net:587.",
                id="mail.E004",
            )


def _secrets() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < 20:
        yield Error(
            "MAIL_SECRET_KEY is short enough to be guessed.",
            hint="Remove it and let `up` make one, or give 50 random characters.",
            id="mail.E005",
        )
    if settings.DEBUG and not settings.MAIL_BIND.startswith(LOOPBACK):
        yield Error(
            "MAIL_DEBUG shows the inside of the service to everybody.",
            hint="Switch it off, or listen on 127.0.0.1 alone (MAIL_BIND).",
            id="mail.E006",
        )
