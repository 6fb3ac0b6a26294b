"""Programs that other people wrote, as people use them: swaks, mutt, mbsync, fetchmail, curl, openssl."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.builders import message
from tests.interop.instance import Instance, Person, eventually

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

Program = Callable[[str], str]
numbers = count(1)


@pytest.fixture
def reader(instance: Instance) -> Person:
    """An account of this test's own."""
    return instance.add_account(f"reader{next(numbers)}")


def run(*command: str | Path, stdin: str = "", **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        input=stdin,
        text=True,
        capture_output=True,
        timeout=120,
        env=os.environ | environment,
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def deliver(instance: Instance, person: Person, *raws: bytes) -> None:
    with instance.smtp() as smtp:
        for raw in raws:
            smtp.sendmail("someone@remote.test", [person.address], raw)


def certificate(instance: Instance) -> Path:
    return instance.folder / "var" / "tls" / "certificate.pem"


class TestSwaks:
    def test_swaks_delivers_as_a_stranger(self, instance, reader, program):
        said = run(
            program("swaks"), "--server", f"127.0.0.1:{instance.ports['SMTP']}", "--helo", "peer.remote.test",
            "--from", "x@remote.test", "--to", reader.address, "--header", "Subject: by swaks", "--tls-optional",
        )  # fmt: skip
        assert re.search(r"^<[~-]\s+250 2\.\d\.\d", said, re.M), said
        assert instance.subjects(reader) == ["by swaks"]
        assert b"Received: from peer.remote.test" in instance.messages(reader)[0]

    def test_swaks_may_not_relay(self, instance, program):
        done = subprocess.run(
            [program("swaks"), "--server", f"127.0.0.1:{instance.ports['SMTP']}", "--from", "x@remote.test",
             "--to", "y@elsewhere.test"],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode != 0
        assert re.search(r"^<\*\* +550 5\.7\.1|^<\*\* +55\d 5\.", done.stdout, re.M), done.stdout

    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
    def test_swaks_submits_with_a_password(self, instance, reader, program, mechanism):
        run(
            program("swaks"), "--server", f"127.0.0.1:{instance.ports['SUBMISSION']}", "--tls",
            "--auth", mechanism, "--auth-user", reader.address, "--auth-password", reader.password,
            "--from", reader.address, "--to", reader.address, "--header", f"Subject: {mechanism}",
        )  # fmt: skip
        assert instance.subjects(reader) == [mechanism]

    def test_swaks_with_a_wrong_password_is_refused(self, instance, reader, program):
        done = subprocess.run(
            [program("swaks"), "--server", f"127.0.0.1:{instance.ports['SUBMISSIONS']}", "--tls-on-connect",
             "--auth", "PLAIN", "--auth-user", reader.address, "--auth-password", "wrong",
             "--from", reader.address, "--to", reader.address],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode != 0
        assert re.search(r"^<[~*]\* +535 5\.7\.8", done.stdout, re.M), done.stdout


class TestMutt:
    def test_mutt_reads_over_imap(self, instance, reader, program, tmp_path):
        deliver(instance, reader, message("first"), message("über mutt", body="Zwölf Boxkämpfer\r\n"))
        copied = tmp_path / "copied"
        config = tmp_path / "muttrc"
        config.write_text(
            f"""
            set folder="imaps://127.0.0.1:{instance.ports["IMAPS"]}/" spoolfile="+INBOX"
            set imap_user="{reader.address}" imap_pass="{reader.password}"
            set certificate_file="{certificate(instance)}" ssl_verify_host=no
            set header_cache="" confirmappend=no delete=yes move=no wait_key=no mbox_type=mbox
            push "<tag-pattern>~A<enter><tag-prefix><pipe-message>cat > {copied}<enter><quit>"
            """
        )
        assert _on_a_terminal(program("mutt"), "-n", "-F", str(config)) == 0
        text = eventually(lambda: copied.exists() and copied.read_text())
        assert "Subject: first" in text
        assert "Zwölf Boxkämpfer" in text


def _on_a_terminal(*command: str, seconds: float = 60) -> int:
    """Run a full-screen program; what it draws is thrown away."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
            "LINES": "40",
        }
        os.execv(command[0], command)
    os.set_blocking(terminal, False)
    screen = b""
    deadline = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        try:
            screen += os.read(terminal, 65_536)
        except (BlockingIOError, OSError):
            time.sleep(0.05)
        if done:
            os.close(terminal)
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            os.close(terminal)
            raise AssertionError(screen[-3000:].decode(errors="replace"))


class TestMbsync:
    def test_mbsync_keeps_a_maildir_in_step_both_ways(self, instance, reader, program, tmp_path):
        letters = [message(f"letter {n}", message_id=f"mbsync.{n}@remote.test") for n in range(1, 6)]
        deliver(instance, reader, *letters)
        (tmp_path / "mail").mkdir()
        config = tmp_path / "mbsyncrc"
        config.write_text(
            f"""
IMAPAccount us
Host 127.0.0.1
Port {instance.ports["IMAPS"]}
User {reader.address}
Pass "{reader.password}"
SSLType IMAPS
CertificateFile {certificate(instance)}

IMAPStore far
Account us

MaildirStore near
Path {tmp_path}/mail/
Inbox {tmp_path}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
"""
        )
        sync = lambda: run(program("mbsync"), "-c", config, "all")  # noqa: E731
        sync()
        inbox = tmp_path / "mail" / "INBOX"
        files = {_subject(path): path for path in [*(inbox / "new").iterdir(), *(inbox / "cur").iterdir()]}
        assert set(files) == {f"letter {n}" for n in range(1, 6)}
        assert {path.name for path in (tmp_path / "mail").iterdir()} >= {
            "INBOX",
            "Sent",
            "Drafts",
            "Trash",
            "Junk",
        }

        # At home: one is read and starred, one thrown away, one written into a new folder.
        one = files["letter 1"]
        one.rename(inbox / "cur" / (one.name.partition(":")[0] + ":2,FS"))
        files["letter 2"].rename(inbox / "cur" / (files["letter 2"].name.partition(":")[0] + ":2,T"))
        for part in ("cur", "new", "tmp"):
            (tmp_path / "mail" / "Projects" / part).mkdir(parents=True)
        (tmp_path / "mail" / "Projects" / "new" / "1.home").write_bytes(
            message("from home").replace(b"\r\n", b"\n")
        )
        sync()
        assert instance.subjects(reader) == [f"letter {n}" for n in (1, 3, 4, 5)]
        assert instance.subjects(reader, "Projects") == ["from home"]
        with instance.imap(reader) as imap:
            imap.select("INBOX")
            _, data = imap.fetch("1", "(FLAGS)")
            assert b"\\Seen" in data[0] and b"\\Flagged" in data[0]
            # On the server: one is answered, one expunged.
            imap.store("2", "+FLAGS", r"(\Answered \Seen)")
            imap.store("3", "+FLAGS", r"(\Deleted)")
            imap.expunge()
        sync()
        now = {_subject(path): path.name for path in [*(inbox / "new").iterdir(), *(inbox / "cur").iterdir()]}
        assert set(now) == {"letter 1", "letter 3", "letter 5"}
        assert now["letter 3"].endswith(":2,RS")


def _subject(path: Path) -> str:
    match = re.search(r"^Subject: (.*)$", path.read_text(), re.M)
    return match[1] if match else ""


class TestFetchmail:
    @pytest.mark.parametrize("keep", [True, False])
    def test_fetchmail_collects_and_keeps_or_deletes(self, instance, reader, program, tmp_path, keep):
        """FEATURES A13: download-and-keep, download-and-delete."""
        deliver(instance, reader, message("one"), message("two", body=".\r\n..dots\r\nFrom here on\r\n"))
        collected = tmp_path / "collected"
        config = tmp_path / "fetchmailrc"
        config.write_text(
            f"""poll 127.0.0.1 service {instance.ports["POP3S"]} protocol POP3 uidl timeout 60
            user "{reader.address}" password "{reader.password}" ssl no sslcertck
            {"keep" if keep else "nokeep"} mda "cat >> {collected}; echo >> {collected}"
            """
        )
        config.chmod(0o600)
        command = (program("fetchmail"), "-f", config, "--idfile", tmp_path / "ids", "--nosyslog")
        run(*command, FETCHMAILHOME=str(tmp_path))
        text = collected.read_text()
        assert re.findall(r"^Subject: (.*)$", text, re.M) == ["one", "two"]
        assert "\n.\n..dots\nFrom here on\n" in text.replace("\r", "")
        assert len(instance.messages(reader)) == (2 if keep else 0)
        if keep:  # what it has it does not take again
            done = subprocess.run([*map(str, command)], env=os.environ | {"FETCHMAILHOME": str(tmp_path)})
            assert done.returncode == 1  # "there was no mail"
            assert collected.read_text() == text


class TestCurl:
    def test_curl_submits_with_auth_and_reads_it_over_imap_and_pop3(
        self, instance, reader, program, tmp_path
    ):
        raw = message("by curl", sender=f"Reader <{reader.address}>", to=reader.address)
        (tmp_path / "letter").write_bytes(raw)
        curl, user = program("curl"), f"{reader.address}:{reader.password}"
        run(
            curl, "-sS", "-k", "--ssl-reqd", "--url", f"smtp://127.0.0.1:{instance.ports['SUBMISSION']}/laptop.test",
            "--user", user, "--mail-from", reader.address, "--mail-rcpt", reader.address,
            "--upload-file", tmp_path / "letter",
        )  # fmt: skip
        imap = f"imaps://127.0.0.1:{instance.ports['IMAPS']}"
        assert "Subject: by curl\n" in run(curl, "-sSk", "--user", user, f"{imap}/INBOX;UID=1")
        assert "At four?" in run(curl, "-sSk", "--user", user, f"{imap}/INBOX;UID=1/;SECTION=TEXT")
        assert "* SEARCH 1" in run(curl, "-sSk", "--user", user, f"{imap}/INBOX", "-X", "SEARCH SUBJECT curl")
        pop3 = f"pop3s://127.0.0.1:{instance.ports['POP3S']}"
        assert re.search(r"^1 \d+\s*$", run(curl, "-sSk", "--user", user, f"{pop3}/"), re.M)
        assert "Subject: by curl\n" in run(curl, "-sSk", "--user", user, f"{pop3}/1")

    def test_curl_appends_over_imap(self, instance, reader, program, tmp_path):
        (tmp_path / "letter").write_bytes(message("a draft"))
        run(
            program("curl"), "-sSk", "--user", f"{reader.address}:{reader.password}",
            f"imaps://127.0.0.1:{instance.ports['IMAPS']}/Drafts", "--upload-file", tmp_path / "letter",
        )  # fmt: skip
        assert instance.messages(reader, "Drafts") == [message("a draft")]


class TestOpenssl:
    @pytest.mark.parametrize(
        ("door", "protocol"), [("SMTP", "smtp"), ("SUBMISSION", "smtp"), ("IMAP", "imap"), ("POP3", "pop3")]
    )
    def test_starttls_gives_tls_1_2_or_newer(self, instance, program, door, protocol):
        said = run(
            program("openssl"), "s_client", "-connect", f"127.0.0.1:{instance.ports[door]}", "-starttls", protocol,
            "-name", "peer.remote.test", "-CAfile", certificate(instance), "-brief",
        )  # fmt: skip
        assert re.search(r"Protocol version: TLSv1\.[23]", said), said

    @pytest.mark.parametrize("door", ["SUBMISSIONS", "IMAPS", "POP3S"])
    @pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
    def test_older_tls_is_refused(self, instance, program, door, version):
        """SECURITY A06."""
        done = subprocess.run(
            [program("openssl"), "s_client", "-connect", f"127.0.0.1:{instance.ports[door]}", version,
             "-cipher", "ALL:@SECLEVEL=0", "-brief"],
            input="", capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode != 0, done.stdout + done.stderr
