"""Real processes, shared where nothing about them is changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.interop.instance import Instance


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One service for all tests that only use it (add accounts of your own; do not stop it)."""
    running = Instance(tmp_path_factory.mktemp("instance"))
    try:
        yield running.start()
        assert running.stop() == 0
    finally:
        running.kill()


@pytest.fixture
def make_instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Instance]]:
    """Services of a test's own: `make_instance(domain="b.test", MAIL_DNS_SERVERS=…).start()`."""
    made: list[Instance] = []

    def make(domain: str = "example.org", **settings: str | int) -> Instance:
        made.append(Instance(tmp_path_factory.mktemp("instance"), domain, **settings))
        return made[-1]

    try:
        yield make
    finally:
        for each in made:
            each.kill()


@pytest.fixture
def program() -> Callable[[str], str]:
    """The path of a program of Debian's; skips the test where it is not installed (tests/run installs it)."""

    def find(name: str) -> str:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find
