"""What keeps `up` from starting is one clear sentence, never a traceback."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError

from mailcore.supervisor import folder
from mailcore.supervisor.problems import CannotStart, explain

ROOT = Path(__file__).parents[2]


def up(data_dir: Path, *flags: str, python: tuple[str, ...] = (), **environment: str) -> tuple[int, str]:
    """Exit code and everything it printed, of an `up` that is expected to refuse."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAIL_")}
    done = subprocess.run(
        [sys.executable, *python, "manage.py", "up", "--data-dir", str(data_dir), *flags],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip()


def test_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, text = up(tmp_path / "var", "--port-web", str(port))
    assert code == 1
    assert text == (
        f"CommandError: Port {port} (web) on 127.0.0.1 is in use by another program. Stop it, or choose other "
        "ports: --port-base, --port-web, --port-smtp, …; 0 switches a door off."
    )


def test_one_port_for_two_doors(tmp_path: Path) -> None:
    code, text = up(tmp_path / "var", "--port-imap", "23456", "--port-pop3", "23456")
    assert (code, text) == (1, "CommandError: Port 23456 is given to two doors: look at the --port flags.")


def test_address_of_another_machine(tmp_path: Path) -> None:
    code, text = up(tmp_path / "var", "--bind", "192.0.2.1")
    assert code == 1
    assert "this machine does not have that address" in text


def test_folder_that_another_up_holds(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "up.lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, text = up(tmp_path)
    assert code == 1
    assert text == (
        f"CommandError: {tmp_path} is in use: `manage.py up` runs there already (process 4711). "
        "Stop that one first, or name another folder: --data-dir."
    )


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, text = up(tmp_path / "file" / "var")
    assert code == 1
    assert "Not a directory" in text
    assert len(text.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    code, text = up(tmp_path / "var")
    assert code == 1
    assert "cannot be written" in text


def test_folder_too_deep_for_a_socket(tmp_path: Path) -> None:
    code, text = up(tmp_path / ("deep" * 30), "--port-base", "23400")
    assert code == 1
    assert "too long for a unix socket" in text


def test_missing_package(tmp_path: Path) -> None:
    code, text = up(tmp_path, python=("-S",))  # no site-packages
    assert code == 1
    assert text.startswith("The Python package 'django' is not installed.\n")
    assert text.endswith("-m pip install -r requirements.txt")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--port-web", "many"], "A setting is wrong: MAIL_PORT_WEB='many' is not a number"),
        (["--database", "mysql://x"], "A setting is wrong: DATABASE_URL: 'mysql' is not a database we know"),
        (
            ["--log-level", "loud"],
            "A setting is wrong: MAIL_LOG_LEVEL='LOUD' is none of DEBUG, INFO, WARNING, ERROR",
        ),
        (["--port-base", "65530"], "--port-base: '65530' is not a port with 8 ports after it."),
        (["--domain"], "--domain needs a value: receive mail for this domain"),
    ],
)
def test_malformed_settings(tmp_path: Path, flags: list[str], sentence: str) -> None:
    code, text = up(tmp_path, *flags)
    assert code == 1
    assert text.startswith(sentence)


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1 << 40, 1 << 40, 5 << 20)
    )
    with pytest.raises(CannotStart, match="is full: 5 MiB are free, 64 MiB are needed"):
        folder.prepare(tmp_path / "var")


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        (OSError(28, "No space left on device"), "full"),
        (OSError(122, "Disk quota exceeded"), "full"),
        (OperationalError("database or disk is full"), "full"),
        (OSError(13, "Permission denied", "/x"), "/x cannot be written"),
        (OSError(30, "Read-only file system"), "cannot be written"),
        (OperationalError("attempt to write a readonly database"), "cannot be written"),
        (OperationalError("unable to open database file"), "cannot be opened"),
        (OperationalError("connection to server at 127.0.0.1 failed\nmore"), "does not answer"),
        (OperationalError("database disk image is malformed"), "damaged"),
    ],
)
def test_what_operators_can_mend_is_explained(problem: Exception, word: str) -> None:
    sentence = explain(problem, Path("/srv/mail"))
    assert sentence is not None
    assert word in sentence
    assert "\n" not in sentence


def test_bugs_keep_their_traceback() -> None:
    assert explain(ValueError("oops"), Path("/srv/mail")) is None


def test_secrets_are_made_once_and_for_us_alone(tmp_path: Path) -> None:
    with folder.prepare(tmp_path / "var"):
        assert folder.make_secret_key(tmp_path / "var")
        key = (tmp_path / "var" / "secret_key").read_text()
        assert not folder.make_secret_key(tmp_path / "var")
        assert (tmp_path / "var" / "secret_key").read_text() == key
        assert len(key) > 50
        assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
