"""The data folder: made, proved writable, locked by one `up`, with the secrets that are made once."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from pathlib import Path
from typing import IO

from mailcore.supervisor.problems import CannotStart

LEAST_FREE = 64 << 20
LONGEST_SOCKET_PATH = 100  # sockaddr_un has 108 octets


def prepare(folder: Path) -> IO[bytes]:
    """Make what is missing; answers with the lock, held as long as the file is open."""
    for part in (folder, folder / "run", folder / "tls", folder / "blobs"):
        part.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (folder / "run" / "up.lock").open("a+b")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read(20).decode(errors="replace").strip() or "another process"
        lock.close()
        raise CannotStart(
            f"{folder} is in use: `manage.py up` runs there already (process {owner}). "
            "Stop that one first, or name another folder: --data-dir."
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n".encode())
    lock.flush()
    probe = folder / "run" / "probe"
    probe.write_bytes(b"x" * 4096)
    probe.unlink()
    if (free := shutil.disk_usage(folder).free) < LEAST_FREE:
        lock.close()
        raise CannotStart(
            f"The disk under {folder} is full: {free >> 20} MiB are free, {LEAST_FREE >> 20} MiB are needed."
        )
    return lock


def make_secret_key(folder: Path) -> bool:
    """Sessions, tokens and sealed secrets hang on this key; True if it was made just now."""
    path = folder / "secret_key"
    if path.exists():
        return False
    part = path.with_name("secret_key.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(50) + "\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return True
