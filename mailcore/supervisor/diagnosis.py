"""What `doctor` looks at: each examination is a function that yields findings, each finding says what to do."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mailcore import dns
from mailcore.listener import endpoints, tls
from mailcore.models import Domain
from mailcore.supervisor import certificate, published
from mailcore.supervisor.problems import explain

LEAST_FREE = 1 << 30
CERTIFICATE_WARNING = timedelta(days=14)  # SECURITY E24


class Grade(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about the service."""

    grade: Grade
    subject: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.grade.value:8}{self.subject}: {self.text}"
        return f"{line}\n        → {self.remedy}" if self.remedy else line


def examine() -> Iterator[Finding]:
    """Everything, in the order in which faults cause each other."""
    for subject, examination in EXAMINATIONS.items():
        try:
            for grade, text, remedy in examination():
                yield Finding(grade, subject, text, remedy)
        except Exception as problem:
            text = explain(problem, settings.MAIL_DATA_DIR) or f"{type(problem).__name__}: {problem}"
            yield Finding(Grade.FAULT, subject, text, "See the text; what depends on it was not looked at.")


Facts = Iterator[tuple[Grade, str, str]]


def _disk() -> Facts:
    free = shutil.disk_usage(settings.MAIL_DATA_DIR).free
    text = f"{free >> 20} MiB free under {settings.MAIL_DATA_DIR}"
    if free < LEAST_FREE:
        yield Grade.FAULT, text, "Free some space: mail is refused for the time being when the disk is full."
    else:
        yield Grade.OK, text, ""


def _database() -> Facts:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield Grade.OK, f"{connection.vendor} answers", ""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield (
            Grade.FAULT,
            f"{len(missing)} migrations are missing",
            "Run `manage.py migrate`; `up` does so by itself.",
        )
    else:
        yield Grade.OK, "all migrations are applied", ""


def _blobs() -> Facts:
    storage = storages["default"]
    name = storage.save("doctor/probe", ContentFile(b"probe"))
    try:
        with storage.open(name) as file:
            intact = file.read() == b"probe"
    finally:
        storage.delete(name)
    if intact:
        yield Grade.OK, "can be written and read", ""
    else:
        yield (
            Grade.FAULT,
            "what is read is not what was written",
            "Look at the storage behind MAIL_BLOB_STORAGE.",
        )


def _redis() -> Facts:
    from mailcore.changes import wakeups

    if wakeups.is_reachable():
        yield Grade.OK, "answers", ""
    else:
        yield (
            Grade.WARNING,
            f"{settings.REDIS_URL.rpartition('@')[2]} does not answer",
            "Nothing is lost, but new mail shows late and relaying waits: start `manage.py up`, or REDIS_URL.",
        )


def _ports() -> Facts:
    doors = [(endpoint.name, endpoint.port) for endpoint in endpoints.in_use()]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.MAIL_BIND, settings.MAIL_BIND)
    for name, port in [*doors, *([("web", settings.MAIL_PORT_WEB)] if settings.MAIL_PORT_WEB else [])]:
        try:
            socket.create_connection((host, port), timeout=3).close()
        except OSError as problem:
            text = f"{name} on {host}:{port} does not answer ({problem.strerror or problem})"
            yield Grade.FAULT, text, "Start the service: `manage.py up`."
        else:
            yield Grade.OK, f"{name} on {host}:{port} answers", ""


def _certificate() -> Facts:
    try:
        tls.context(settings.MAIL_TLS_CERT, settings.MAIL_TLS_KEY)
    except tls.CertificateUnusable as problem:
        yield Grade.FAULT, str(problem), "`manage.py up` makes one; or set MAIL_TLS_CERT and MAIL_TLS_KEY."
        return
    found = certificate.read(settings.MAIL_TLS_CERT)
    left = found.not_valid_after_utc - datetime.now(UTC)
    if left < timedelta(0):
        yield (
            Grade.FAULT,
            f"expired {-left.days} days ago",
            "Renew it; the running service notices by itself.",
        )
    elif left < CERTIFICATE_WARNING:
        yield (
            Grade.WARNING,
            f"expires in {left.days} days",
            "Renew it; the running service notices by itself.",
        )
    else:
        yield Grade.OK, f"valid until {found.not_valid_after_utc:%Y-%m-%d}", ""
    if certificate.is_self_signed(found):
        yield (
            Grade.WARNING,
            "self-signed: clients will ask their users whether to trust it",
            f"Get a certificate for {settings.MAIL_HOSTNAME}, set MAIL_TLS_CERT and MAIL_TLS_KEY.",
        )
    elif settings.MAIL_HOSTNAME not in certificate.names(found):
        yield Grade.FAULT, f"is not for {settings.MAIL_HOSTNAME}", "Get one that names this host."


def _hostname() -> Facts:
    host = settings.MAIL_HOSTNAME
    if "." not in host:
        yield Grade.WARNING, f"{host} is no full name", "Set MAIL_HOSTNAME to the name other servers know."
        return
    try:
        found = dns.addresses(host)
    except dns.NoSuchName:
        found = []
    if not found:
        yield Grade.FAULT, f"{host} has no address in DNS", f"Publish an A or AAAA record for {host}."
        return
    yield Grade.OK, f"{host} is {', '.join(found)}", ""
    for address in found:
        if host not in (name.rstrip(".").lower() for name in _reverse(address)):
            yield (
                Grade.WARNING,
                f"{address} does not lead back to {host}",
                "Ask whoever gave you the address to set its PTR record: many servers refuse mail without.",
            )


def _reverse(address: str) -> list[str]:
    try:
        return dns.ptr(address)
    except dns.NoSuchName:
        return []


def _domains() -> Facts:
    for domain in Domain.objects.filter(is_active=True).order_by("name"):
        for record in published.records(domain):
            if record.kind == "SRV":  # comfort, not need
                continue
            if (found := _published(record)) is None:
                yield Grade.OK, f"{record.name} {record.kind} is published", ""
            else:
                yield Grade.FAULT, f"{record.name} {record.kind}: {found}", f"Publish: {record}"


def _published(record: published.Record) -> str | None:
    """None: as it should be; else what is there instead."""
    try:
        if record.kind == "MX":
            hosts = [exchanger.host.rstrip(".").lower() for exchanger in dns.mx(record.name)]
            wanted = record.value.split()[1].rstrip(".").lower()
            return None if wanted in hosts else f"leads to {', '.join(hosts) or 'nobody'}"
        kind = record.value.partition(";")[0].partition(" ")[0]
        texts = [text.decode("ascii", "replace") for text in dns.txt(record.name)]
    except dns.NoSuchName:
        return "is missing"
    except dns.TemporaryFailure as problem:
        return f"cannot be looked up right now ({problem})"
    same_kind = [text for text in texts if text.startswith(kind)]
    if kind == "v=DKIM1":
        return None if record.value in texts else "differs from our key" if same_kind else "is missing"
    return None if same_kind else "is missing"  # SPF and DMARC are the owner's to word


def _clock() -> Facts:
    """Against the database's, when that is another machine; signatures and retries hang on it."""
    if connection.vendor != "postgresql":
        sane = time.time() > datetime(2026, 1, 1, tzinfo=UTC).timestamp()
        yield (Grade.OK, "is sane", "") if sane else (Grade.FAULT, "stands in the past", "Run an NTP client.")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        apart = abs(time.time() - float(cursor.fetchone()[0]))
    if apart > 5:
        yield Grade.FAULT, f"is {apart:.0f} s away from the database's", "Run an NTP client on both machines."
    else:
        yield Grade.OK, "agrees with the database's", ""


EXAMINATIONS: dict[str, Callable[[], Facts]] = {
    "disk": _disk,
    "database": _database,
    "blobs": _blobs,
    "redis": _redis,
    "ports": _ports,
    "certificate": _certificate,
    "clock": _clock,
    "host name": _hostname,
    "domains": _domains,
}
