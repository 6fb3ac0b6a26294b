"""The commands an operator types."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mailcore.identity import accounts, credentials
from mailcore.models import Account, Domain
from mailcore.store import mailboxes
from tests.builders import deliver, message
from tests.nameserver import NameServer


def run(*words: str, stdin: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> list[str]:
    """The lines it printed."""
    if monkeypatch is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().splitlines()


def test_create_account_with_a_piped_password(example_org: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = run("create_account", "Carol@Example.org", stdin="s3cret pass\n", monkeypatch=monkeypatch)
    assert printed == ["account carol@example.org"]
    assert credentials.check("carol@example.org", "s3cret pass", protocol="imap", peer="192.0.2.1")


def test_create_account_makes_and_prints_a_password(
    example_org: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = run(
        "create_account", "carol@example.org", "--admin", "--quota-megabytes", "5", monkeypatch=monkeypatch
    )
    assert first == "account carol@example.org"
    password = second.removeprefix("password ")
    account = credentials.check("carol@example.org", password, protocol="web", peer="192.0.2.1")
    assert account.is_superuser
    assert account.quota_bytes == 5 << 20


@pytest.mark.parametrize("address", ["carol@nowhere.test", "no address", "alice@example.org", "@example.org"])
def test_create_account_says_why_not(alice: Account, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError) as refused:
        run("create_account", address, stdin="x\n", monkeypatch=monkeypatch)
    assert str(refused.value)


@pytest.mark.django_db
def test_add_domain_prints_what_to_publish() -> None:
    printed = run("add_domain", "Example.NET")
    assert printed[0] == "domain example.net"
    assert "example.net. IN MX 10 mx.example.org." in printed
    assert 'example.net. IN TXT "v=spf1 mx -all"' in printed
    keys = [line for line in printed if '._domainkey.example.net. IN TXT "v=DKIM1;' in line]
    assert len(keys) == 2
    assert all(len(piece) <= 255 for line in keys for piece in line.split('"')[1::2])
    assert any(line.startswith("_dmarc.example.net. IN TXT") for line in printed)
    assert "_imaps._tcp.example.net. IN SRV 0 1 993 mx.example.org." in printed


def test_import_and_export(alice: Account, bob: Account, tmp_path: Path) -> None:
    deliver(alice, message("one"), message("two"))
    assert run("export_mail", "alice@example.org", str(tmp_path / "out"))[-1] == "exported 2"
    printed = run("import_mail", "bob@example.org", str(tmp_path / "out"), "--mailbox", "Old")
    assert printed[0] == "imported 2"
    assert mailboxes.named(bob.pk, "Old").total == 2
    with pytest.raises(CommandError, match="is not empty"):
        run("export_mail", "alice@example.org", str(tmp_path / "out"))


@pytest.mark.parametrize("command", ["import_mail", "export_mail"])
def test_nobodys_mail(example_org: Domain, tmp_path: Path, command: str) -> None:
    with pytest.raises(CommandError, match="There is no account"):
        run(command, "nobody@example.org", str(tmp_path / "x"))


def test_import_of_nothing(alice: Account, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"does not exist. \(0 messages were imported.\)"):
        run("import_mail", "alice@example.org", str(tmp_path / "nowhere"))


def test_audit_of_a_sound_store_and_of_a_broken_one(alice: Account) -> None:
    deliver(alice, message("one"))
    assert run("audit_store", "--octets") == ["accounts 1", "faults 0"]
    inbox = mailboxes.named(alice.pk, "INBOX")
    inbox.total = 7
    inbox.save()
    with pytest.raises(CommandError, match="contradicts"):
        run("audit_store", alice.address)


def test_doctor_says_for_every_finding_what_to_do(example_org: Domain, settings) -> None:
    zone: dict[str, object] = {
        "example.org MX": ["10 mx.example.org."],
        "mx.example.org A": ["192.0.2.7"],
        "7.2.0.192.in-addr.arpa PTR": ["somebody.else.test."],
        "example.org TXT": ['"v=spf1 mx -all"'],
        "_dmarc.example.org TXT": "servfail",
    }
    out = io.StringIO()
    with NameServer(zone) as dns:
        settings.MAIL_DNS_SERVERS = [dns.address]
        with pytest.raises(CommandError, match="faults"):
            call_command("doctor", stdout=out)
    lines = out.getvalue().splitlines()
    for expected in (
        "ok      database: all migrations are applied",
        "ok      blobs: can be written and read",
        "ok      host name: mx.example.org is 192.0.2.7",
        "warning host name: 192.0.2.7 does not lead back to mx.example.org",
        "ok      domains: example.org MX is published",
        "ok      domains: example.org TXT is published",
    ):
        assert expected in lines
    assert any(line.startswith("FAULT   domains: _dmarc.example.org TXT: cannot be") for line in lines)
    for number, line in enumerate(lines):
        if line.startswith(("FAULT", "warning")):
            assert lines[number + 1].startswith("        → "), line


def test_accounts_are_found_by_any_spelling(alice: Account) -> None:
    assert accounts.named("ALICE@example.org") == alice
