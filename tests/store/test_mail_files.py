"""Files of other programs come in and go out octet for octet."""

from __future__ import annotations

import mailbox as stdlib
import os
from pathlib import Path

import pytest

from mailcore.models import Account
from mailcore.models.entry import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailcore.store import entries, exporting, importing, mail_files, mailboxes
from mailcore.store.errors import MessageTooBig, QuotaExceeded
from mailcore.store.mail_files import NotMail

ONE = b"From: a@x.org\nSubject: one\nDate: Fri, 20 Nov 2026 16:00:00 +0000\n\nFirst line\n"
TWO = b"From: b@x.org\nSubject: two\n\nSecond\nFrom here on it is text\n"


def crlf(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def octets(path: Path) -> list[tuple[str, bytes]]:
    return [(found.mailbox, b"".join(found.chunks())) for found in mail_files.find(path)]


def held(account: Account, name: str = "INBOX") -> list[bytes]:
    box = mailboxes.named(account.pk, name)
    ids = [row[0] for row in entries.rows(account.pk, box.pk, None, ["e.message_id"])]
    raws = entries.raws_of(account.pk, ids)
    return [raws[number].read() for number in ids]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"From a@x Fri Nov 20 16:00:00 2026\n" + ONE + b"\n", [ONE]),
        (b"From a@x Fri Nov 20 16:00:00 2026\n" + ONE, [ONE]),
        (
            b"From a@x Fri Nov 20 16:00:00 2026\n"
            + ONE
            + b"\nFrom b@x Fri Nov 20 16:00:01 2026\n"
            + TWO
            + b"\n",
            [ONE, TWO],
        ),
        (  # an empty line before "From " makes no message without a date
            b"From - Fri Nov 20 16:00:00 2026\nA: b\n\n\nFrom here it goes on\n",
            [b"A: b\n\n\nFrom here it goes on\n"],
        ),
        (  # mboxrd
            b"From - Fri Nov 20 16:00:00 2026\nA: b\n\n>From me\n>>From you\n> From them\n",
            [b"A: b\n\nFrom me\n>From you\n> From them\n"],
        ),
        (b"From - Fri Nov 20 16:00:00 2026\n\n", [b"\n"]),
        (b"From nobody\nA: b\n\nc\n", [b"A: b\n\nc\n"]),
        (b"From - Fri Nov 20 16:00:00 2026\nA: b\n\nno end of line", [b"A: b\n\nno end of line"]),
    ],
)
def test_mbox_is_read_with_unix_and_with_network_line_ends(
    tmp_path: Path, text: bytes, expected: list[bytes]
) -> None:
    unix, network = tmp_path / "unix", tmp_path / "network"
    unix.write_bytes(text)
    network.write_bytes(crlf(text))
    assert octets(unix) == octets(network) == [("", crlf(message)) for message in expected]


def test_mbox_knows_flags_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(
        b"From a@x Sat Nov 21 08:54:16 2026\nStatus: RO\nX-Status: AF\n\n.\n\n"
        b"From a@x Sat Nov 21 08:54 2026\nStatus: O\n\nStatus: R\n\n"
        b"From a@x Sat Nov 31 08:54:16 2026\nSubject: no such day\n\n.\n"
    )
    first, second, third = mail_files.find(path)
    assert (first.flags, first.received) == (SEEN | ANSWERED | FLAGGED, 1795251256)
    assert (second.flags, second.received) == (0, 1795251240)
    assert third.received is None


def test_maildir_knows_flags_dates_and_folders(tmp_path: Path) -> None:
    for folder in ("", ".Sent", ".Work.Plans"):
        for part in ("cur", "new", "tmp"):
            (tmp_path / folder / part).mkdir(parents=True)
    (tmp_path / "cur" / "200.b:2,FRST").write_bytes(ONE)
    (tmp_path / "new" / "100.a").write_bytes(TWO)
    (tmp_path / "tmp" / "300.c").write_bytes(b"unfinished")
    (tmp_path / ".Work.Plans" / "cur" / "1.x:2,D").write_bytes(ONE)
    os.utime(tmp_path / "new" / "100.a", (77, 77))
    found = list(mail_files.find(tmp_path))
    assert [(each.mailbox, each.path.name, each.flags) for each in found] == [
        ("", "100.a", 0),
        ("", "200.b:2,FRST", FLAGGED | ANSWERED | SEEN | DELETED),
        ("Work/Plans", "1.x:2,D", DRAFT),
    ]
    assert found[0].received == 77


def test_folder_of_everything(tmp_path: Path) -> None:
    (tmp_path / "2026" / "May").mkdir(parents=True)
    (tmp_path / "2026" / "May" / "a.EML").write_bytes(ONE)
    (tmp_path / "2026" / "list.mbox").write_bytes(b"From - Fri Nov 20 16:00:00 2026\n" + TWO)
    (tmp_path / "readme.txt").write_bytes(b"not mail")
    assert octets(tmp_path) == [("2026/May", crlf(ONE)), ("2026/list", crlf(TWO))]


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotMail, match="does not exist"):
        list(mail_files.find(tmp_path / "nowhere"))
    with pytest.raises(NotMail, match="holds no mbox"):
        list(mail_files.find(tmp_path))


@pytest.mark.parametrize("size", [10, mail_files.CHUNK - 1, mail_files.CHUNK, mail_files.CHUNK * 2 + 3])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_survive_the_edges_of_chunks(tmp_path: Path, size: int, end: bytes) -> None:
    text = b"A: b" + end + end + (b"x" * 70 + end) * (size // 70) + b"y" * size + end + b"\r" * 3 + end
    path = tmp_path / "a.eml"
    path.write_bytes(text)
    wanted = text if end == b"\r\n" else text[:-4].replace(b"\n", b"\r\n") + b"\r\r\r\n"
    assert b"".join(next(iter(mail_files.find(path))).chunks()) == wanted


def test_import_files_by_mailbox_and_skips_what_is_known(alice: Account, tmp_path: Path) -> None:
    for folder in ("", ".sent", ".New.Deep"):
        for part in ("cur", "new"):
            (tmp_path / folder / part).mkdir(parents=True)
    for name, text in (("cur/1.a:2,S", ONE), (".sent/cur/1.b:2,", TWO), (".New.Deep/new/1.c", ONE)):
        (tmp_path / name).write_bytes(text)
    tally = importing.take(alice.pk, mail_files.find(tmp_path))
    assert (tally.taken, tally.known) == (3, 0)
    assert held(alice) == held(alice, "New/Deep") == [crlf(ONE)]
    assert held(alice, "Sent") == [crlf(TWO)]
    again = importing.take(alice.pk, mail_files.find(tmp_path), skip_known=True)
    assert (again.taken, again.known) == (0, 3)


def test_import_keeps_what_was_committed_before_the_quota_was_reached(
    alice: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mailcore.store import quota

    monkeypatch.setattr(importing, "BATCH_MESSAGES", 2)
    quota.allow(alice.pk, 3 * len(crlf(ONE)))
    for number in range(5):
        (tmp_path / f"{number}.eml").write_bytes(ONE)
    with pytest.raises(QuotaExceeded):
        importing.take(alice.pk, mail_files.find(tmp_path))
    assert held(alice) == [crlf(ONE)] * 2


def test_import_refuses_what_no_protocol_could_deliver(alice: Account, tmp_path: Path, settings) -> None:
    settings.MAIL_MAX_MESSAGE_BYTES = 100
    (tmp_path / "big.eml").write_bytes(b"A: b\n\n" + b"x" * 200)
    with pytest.raises(MessageTooBig):
        importing.take(alice.pk, mail_files.find(tmp_path))
    assert held(alice) == []


ODD = [
    crlf(ONE),
    crlf(TWO),
    b"A: b\r\n\r\nFrom the start\r\n>From quoted\r\n",
    b"A: b\r\n\r\nno end",
    b"A: b\r\n\r\nbare \n LF and \r CR\r\n",
    b"A: b\r\n\r\nends in an empty line\r\n\r\n",
    b"A: b\r\n\r\n" + bytes(range(256)) * 600 + b"\r\n",
    b"\r\n",
]


@pytest.mark.parametrize("form", ["maildir", "eml", "mbox"])
def test_what_goes_out_comes_back_octet_for_octet(
    alice: Account, bob: Account, tmp_path: Path, form: str
) -> None:
    from mailcore.store import messages

    inbox, sent = mailboxes.named(alice.pk, "INBOX"), mailboxes.named(alice.pk, "Sent")
    odd = [text for text in ODD if form != "mbox" or text.endswith(b"\r\n")]  # mbox ends every line
    for number, text in enumerate(odd):
        messages.append_bytes(
            alice.pk, inbox.pk, text, flags=number % 32, internaldate=1_000_000_000 + number
        )
    messages.append_bytes(alice.pk, sent.pk, crlf(TWO))
    total = exporting.write_all(alice.pk, tmp_path / "out", form, lambda name, count: None)
    assert total == len(odd) + 1
    tops = {"maildir": "out", "eml": "out/INBOX", "mbox": "out/INBOX.mbox"}
    importing.take(bob.pk, mail_files.find(tmp_path / tops[form]))
    assert held(bob) == odd
    if form == "maildir":
        assert held(bob, "Sent") == [crlf(TWO)]
        box = mailboxes.named(bob.pk, "INBOX")
        rows = entries.rows(bob.pk, box.pk, None, ["e.flags", "e.received"])
        assert rows == [(number % 32, 1_000_000_000 + number) for number in range(len(odd))]


def test_what_the_standard_library_wrote_comes_in(alice: Account, tmp_path: Path) -> None:
    box = stdlib.mbox(tmp_path / "box")
    for text in (ONE, TWO):
        box.add(text)
    box.close()
    importing.take(alice.pk, mail_files.find(tmp_path / "box"))
    assert held(alice) == [crlf(ONE), crlf(TWO)]


def test_mailbox_names_cannot_climb(tmp_path: Path) -> None:
    assert exporting._file_name("../../etc/passwd") == "_/_/etc/passwd"
    assert exporting._file_name("a\0b/.hidden") == "a_b/hidden"
