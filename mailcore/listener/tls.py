"""TLS contexts: TLS 1.2 or newer, forward secrecy, certificates that are read again when they change."""

from __future__ import annotations

import logging
import ssl
import time
from pathlib import Path

CHECK_SECONDS = 10.0  # how often we look whether the files changed

log = logging.getLogger(__name__)


class CertificateUnusable(Exception):
    """The certificate or its key cannot be read; the text says which and why."""


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A server's context."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    made.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_SINGLE_ECDH_USE
    for path in (certificate, key):
        if not path.is_file():
            raise CertificateUnusable(f"{path} does not exist")
    try:
        made.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as problem:
        raise CertificateUnusable(f"{certificate} and {key} cannot be used: {problem}") from None
    return made


class Certificates:
    """The current context. New files are picked up by the next handshake; bad ones leave the old in use."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._certificate = certificate
        self._key = key
        self._stamp = self._read_stamp()
        self._context = context(certificate, key)
        self._look_again = time.monotonic() + CHECK_SECONDS

    def current(self) -> ssl.SSLContext:
        """For the next handshake."""
        if time.monotonic() >= self._look_again:
            self._look_again = time.monotonic() + CHECK_SECONDS
            if self._read_stamp() != self._stamp:
                self.reload()
        return self._context

    def reload(self) -> None:
        """Read the files now (SIGHUP)."""
        stamp = self._read_stamp()
        try:
            self._context = context(self._certificate, self._key)
        except CertificateUnusable as problem:
            log.error("certificate_not_reloaded reason=%s", problem)
            return
        self._stamp = stamp
        log.info("certificate_reloaded path=%s", self._certificate)

    def _read_stamp(self) -> tuple[int, ...]:
        stamp: list[int] = []
        for path in (self._certificate, self._key):
            try:
                found = path.stat()
            except OSError:
                stamp.append(0)
            else:
                stamp += [found.st_mtime_ns, found.st_ino, found.st_size]
        return tuple(stamp)
