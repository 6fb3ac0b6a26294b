"""Writers of SQLite take turns here, threads and processes alike.

SQLite has one writer at a time, and its busy handler *sleeps* up to 100 ms a try when several processes write. So they
queue in the kernel instead, on a lock file, before BEGIN IMMEDIATE.
"""

from __future__ import annotations

import fcntl
import os
import threading

from django.conf import settings


class Turnstile:
    """A lock between threads and processes. Threads queue on a mutex, their processes on a file."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._file: int | None = None
        self._owner = 0  # the process that opened the file: after a fork it must be opened anew

    def __enter__(self) -> None:
        self._mutex.acquire()
        try:
            if self._file is None or self._owner != os.getpid():
                path = settings.MAIL_DATA_DIR / "run" / "write.lock"
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file, self._owner = (
                    os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600),
                    os.getpid(),
                )
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._mutex.release()
            raise

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._mutex.release()


turnstile = Turnstile()
