"""A private Postfix (Debian's package) on an address of its own: the other side of the internet."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.interop.instance import eventually

NOBODY = 65534

SERVICES = """\
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

SETTINGS = """\
compatibility_level = 3.6
queue_directory = {root}/spool
data_directory = {root}/lib
maillog_file = {root}/maillog
maillog_file_prefixes = {root}
myhostname = mx.{domain}
myorigin = {domain}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = hash:{root}/people
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
transport_maps = hash:{root}/transport
alias_maps =
alias_database =
smtputf8_enable = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = {root}/tls.pem
smtpd_tls_key_file = {root}/tls.pem
smtp_tls_security_level = may
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
"""


class Postfix:
    """`with Postfix("p.test", "127.0.0.5", port, people=["paul"], routes={"a.test": ("127.0.0.2", port)})`."""

    def __init__(
        self, domain: str, host: str, port: int, *, people: list[str], routes: dict[str, tuple[str, int]]
    ) -> None:
        self.program = shutil.which("postfix", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if self.program is None or os.geteuid() != 0:
            pytest.skip("Postfix is not installed, or we are not root")
        self.domain, self.host, self.port = domain, host, port
        self.people, self.routes = people, routes
        self.root = Path(tempfile.mkdtemp(prefix="mailtest-postfix-"))

    def __enter__(self) -> Postfix:
        root = self.root
        root.chmod(0o755)
        for folder in ("conf", "spool", "lib", "mail"):
            (root / folder).mkdir()
        os.chown(root / "mail", NOBODY, NOBODY)
        shutil.chown(root / "lib", "postfix")
        fields = {"root": root, "domain": self.domain, "host": self.host, "port": self.port, "nobody": NOBODY}
        (root / "conf/main.cf").write_text(SETTINGS.format(**fields))
        (root / "conf/master.cf").write_text(SERVICES.format(**fields))
        self._map("people", {f"{name}@{self.domain}": f"{name}/" for name in self.people})
        self._map(
            "transport", {domain: f"smtp:[{host}]:{port}" for domain, (host, port) in self.routes.items()}
        )
        subject = ["-subj", f"/CN=mx.{self.domain}", "-days", "2", "-nodes", "-newkey", "rsa:2048"]
        pem = str(root / "tls.pem")
        self._run("openssl", "req", "-x509", *subject, "-keyout", pem, "-out", str(root / "certificate"))
        with (root / "tls.pem").open("a") as file:
            file.write((root / "certificate").read_text())
        self._run(str(self.program), "-c", str(root / "conf"), "start")
        eventually(self._greets)
        return self

    def __exit__(self, *_: object) -> None:
        self._run(str(self.program), "-c", str(self.root / "conf"), "abort", check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def _map(self, name: str, entries: dict[str, str]) -> None:
        path = self.root / name
        path.write_text("".join(f"{key} {value}\n" for key, value in entries.items()))
        self._run(
            str(Path(str(self.program)).with_name("postmap")), "-c", str(self.root / "conf"), f"hash:{path}"
        )

    def _run(self, *command: str, check: bool = True) -> None:
        done = subprocess.run(command, capture_output=True, text=True)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as peer:
                return peer.recv(200).startswith(b"220 ")
        except OSError:
            return False

    def messages(self, name: str) -> list[bytes]:
        """What lies in the person's Maildir, with CRLF line ends."""
        folder = self.root / "mail" / name / "new"
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
        return [path.read_bytes().replace(b"\n", b"\r\n") for path in files]

    def log(self) -> str:
        return (self.root / "maillog").read_text(errors="replace")
