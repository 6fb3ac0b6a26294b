"""A mailbox that nobody of us wrote goes in and comes out byte for byte, over IMAP and over POP3.

The messages are those by which CPython's developers test their own parser: real and broken ones collected over
twenty years. They come with Python, or with Debian's libpython3-testsuite.
"""

from __future__ import annotations

import mailbox
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.interop.instance import Instance

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


def letters() -> list[bytes]:
    """Every message of the collection, in a fixed order."""
    for folder in _folders():
        if found := sorted(folder.glob("msg_*.txt")):
            return [path.read_bytes() for path in found]
    pytest.skip("no test_email in this Python, and no libpython3-testsuite")


def _folders() -> Iterator[Path]:
    try:
        spec = find_spec("test.test_email")
    except ModuleNotFoundError:
        spec = None
    if spec and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / "data"
    yield from Path("/usr/lib").glob("python3*/test/test_email/data")


def on_the_wire(raw: bytes) -> bytes:
    """As mail travels: every line ends with CRLF (RFC 5322 §2.3)."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", raw)


def over_pop3(instance: Instance, person) -> list[bytes]:
    with instance.pop3(person) as pop:
        count, _ = pop.stat()
        return [b"".join(line + b"\r\n" for line in pop.retr(n)[1]) for n in range(1, count + 1)]


def test_the_collection_is_worth_its_name():
    found = letters()
    assert len(found) >= 40
    assert any(b"multipart/digest" in raw for raw in found)


def test_a_maildir_goes_in_and_comes_out_byte_for_byte(instance: Instance, tmp_path: Path):
    person = instance.add_account("maildir")
    sent = letters()
    for part in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    for number, raw in enumerate(sent):
        (tmp_path / "Maildir" / "cur" / f"{1_000_000_000 + number}.M{number}.host:2,S").write_bytes(raw)
    instance.manage("import_mail", person.address, str(tmp_path / "Maildir"))
    assert instance.messages(person) == [on_the_wire(raw) for raw in sent]
    for got, raw in zip(over_pop3(instance, person), sent, strict=True):
        # POP3 cannot say that the last line has no end.
        assert got == on_the_wire(raw) or got == on_the_wire(raw) + b"\r\n"
    with instance.imap(person) as imap:
        imap.select("INBOX")
        assert imap.search(None, "UNSEEN") == ("OK", [b""])


def test_an_mbox_goes_in_and_comes_out(instance: Instance, tmp_path: Path):
    person = instance.add_account("mbox")
    # What is in an mbox ends with a line end, and had none of its own "From " lines quoted.
    sent = [raw.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n" for raw in letters()]
    sent = [raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw for raw in sent]
    box = mailbox.mbox(tmp_path / "mbox", create=True)
    for raw in sent:
        box.add(raw)
    box.close()
    instance.manage("import_mail", person.address, str(tmp_path / "mbox"))
    assert instance.messages(person) == [on_the_wire(raw) for raw in sent]


def test_one_eml_goes_in(instance: Instance, tmp_path: Path):
    person = instance.add_account("eml")
    (tmp_path / "letter.eml").write_bytes(letters()[0])
    instance.manage("import_mail", person.address, str(tmp_path / "letter.eml"))
    assert instance.messages(person) == [on_the_wire(letters()[0])]


def test_every_one_of_them_can_be_looked_at(instance: Instance, tmp_path: Path):
    """ENVELOPE and BODYSTRUCTURE of real and broken messages are such that a client can read them."""
    from imapclient import IMAPClient

    from tests.interop.instance import trusting

    person = instance.add_account("looks")
    for part in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    for number, raw in enumerate(letters()):
        (tmp_path / "Maildir" / "new" / f"{1_000_000_000 + number}.M{number}.host").write_bytes(raw)
    instance.manage("import_mail", person.address, str(tmp_path / "Maildir"))
    with IMAPClient("127.0.0.1", port=instance.ports["IMAPS"], ssl_context=trusting(), timeout=60) as client:
        client.login(person.address, person.password)
        client.select_folder("INBOX")
        found = client.fetch(
            list(range(1, len(letters()) + 1)),
            ["ENVELOPE", "BODYSTRUCTURE", "RFC822.SIZE", "BODY.PEEK[HEADER]"],
        )
        assert len(found) == len(letters())
        for data, raw in zip((found[number] for number in sorted(found)), letters(), strict=True):
            assert data[b"RFC822.SIZE"] == len(on_the_wire(raw))
            assert data[b"BODYSTRUCTURE"] and data[b"ENVELOPE"]
            assert on_the_wire(raw).startswith(data[b"BODY[HEADER]"].removesuffix(b"\r\n"))
        client.logout()
