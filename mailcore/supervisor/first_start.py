"""What a start makes when it is missing: tables, static files, certificate, first domain, first administrator."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection

from mailcore.identity import accounts, domains
from mailcore.models import Account
from mailcore.store import power_cut
from mailcore.supervisor import certificate


@dataclass(frozen=True, slots=True)
class Administrator:
    """Shown once, stored nowhere."""

    address: str
    password: str


def prepare(say: Callable[[str], object]) -> Administrator | None:
    """Make what is missing; answers with the administrator if this was the first start."""
    say(f"Preparing {settings.MAIL_DATA_DIR}")
    if settings.MAIL_TLS_CERT.is_relative_to(settings.MAIL_DATA_DIR):
        certificate.ensure(settings.MAIL_TLS_CERT, settings.MAIL_TLS_KEY, settings.MAIL_HOSTNAME)
    call_command("migrate", interactive=False, verbosity=0)
    if connection.vendor == "sqlite" and power_cut.begin():
        say("The machine went down while we ran: some numbers are left out, so that none is given twice")
    _collect_static(settings.STATIC_ROOT)
    made = _people(settings.MAIL_DOMAIN)
    if settings.MAIL_DEMO:
        say("Writing demonstration mail; this takes a moment the first time")
        call_command("seed_demo")
    connection.close()
    return made


def _people(domain: str) -> Administrator | None:
    if Account.objects.exists():
        if domain:
            domains.add(domain)
        return None
    first = domains.add(domain or settings.MAIL_HOSTNAME)
    made = Administrator(f"admin@{first.name}", secrets.token_urlsafe(12))
    accounts.create(made.address, made.password, name="Administrator", is_superuser=True)
    return made


def _collect_static(root: Path) -> None:
    """Hash and compress the static files, when they differ from those of the last start."""
    stamp = sha256(django.get_version().encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            found = Path(storage.path(path)).stat()
            stamp.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    mark = root / ".stamp"
    if mark.exists() and mark.read_text() == stamp.hexdigest():
        return
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.write_text(stamp.hexdigest())
