"""Files of mail: mbox, .eml, .zip of mbox files and Maildirs, Google Takeout; what we export ourselves."""

from __future__ import annotations

import io
import zipfile

import pytest

from mailcore.models import Transfer
from mailcore.models.entry import ANSWERED, FLAGGED, SEEN
from mailcore.people import book
from mailcore.store import entries, labels, mailboxes, quota
from mailcore.store.errors import MessageTooBig, NotPermitted
from mailcore.transfer import rows, run, uploads
from tests.builders import deliver, message

ONE = message("One", message_id="1@old.example").replace(b"\r\n", b"\n")
TWO = message("Two", message_id="2@old.example").replace(b"\r\n", b"\n")
FROM = b"From ann@old.example Fri Nov 20 16:00:00 2026\n"


def mbox(*letters: bytes) -> bytes:
    return b"".join(FROM + letter + b"\n" for letter in letters)


def gmail(text: bytes, words: str) -> bytes:
    return b"X-Gmail-Labels: " + words.encode() + b"\n" + text


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in files.items():
            archive.writestr(name, octets)
    return out.getvalue()


def bring(account, octets: bytes, into: str = "", name: str = "mail") -> Transfer:
    row = uploads.begin(account.pk, name, len(octets), into)
    uploads.take(row, 0, io.BytesIO(octets))
    run.run()
    return rows.one(account.pk, row.id)


def held(account) -> dict[str, list[tuple[str, int]]]:
    """Folder → subjects and flags."""
    found = {}
    for box in mailboxes.listing(account.pk):
        lines = entries.rows(account.pk, box.pk, None, ["m.subject", "e.flags"], with_message=True)
        if lines:
            found[box.name] = lines
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("octets", "into", "wanted"),
    [
        (ONE, "", {"INBOX": [("One", 0)]}),
        (mbox(ONE, TWO), "", {"INBOX": [("One", 0), ("Two", 0)]}),
        (mbox(b"Status: RO\nX-Status: AF\n" + ONE), "Old", {"Old": [("One", SEEN | ANSWERED | FLAGGED)]}),
        (
            zipped({"Work/list.mbox": mbox(ONE), "Sent.mbox": mbox(TWO), "read me.txt": b"no mail"}),
            "",
            {"Work/list": [("One", 0)], "Sent": [("Two", 0)]},
        ),
        (
            zipped({"Inbox": mbox(ONE), "Inbox.sbd/Plans": mbox(TWO), "Inbox.msf": b"x"}),
            "Thunderbird",
            {"Thunderbird": [("One", 0)], "Thunderbird/Inbox/Plans": [("Two", 0)]},
        ),
        (zipped({"Work.mbox/mbox": mbox(ONE), "__MACOSX/._x.eml": b"?"}), "", {"Work": [("One", 0)]}),
        (
            zipped(
                {
                    "Maildir/cur/1700000000.a:2,FS": ONE,
                    "Maildir/new/1700000001.b": TWO,
                    "Maildir/.Sent.Items/cur/17.c_2,RS": TWO,
                }
            ),
            "",
            {"INBOX": [("One", SEEN | FLAGGED), ("Two", 0)], "Sent/Items": [("Two", SEEN | ANSWERED)]},
        ),
        (zipped({"a.eml": ONE, "deep/er/b.EML": TWO}), "", {"INBOX": [("One", 0)], "deep/er": [("Two", 0)]}),
        (
            zipped({"../../up.eml": ONE, "%/\x01/x.eml": TWO}),
            "",
            {"INBOX": [("One", 0)], "_/_": [("Two", 0)]},
        ),
    ],
)
def test_every_kind_of_file(alice, octets, into, wanted):
    row = bring(alice, octets, into)
    assert (row.state, row.problem, row.refused) == ("done", "", 0)
    assert row.read == row.size
    assert held(alice) == wanted
    assert not uploads.path(row.id).exists()
    assert not uploads.spool(row.id).exists()


@pytest.mark.django_db
def test_takeout_becomes_folders_flags_and_labels(alice):
    letters = [
        gmail(message(f"Number {number}").replace(b"\r\n", b"\n"), words)
        for number, words in enumerate(
            [
                "Inbox,Unread,Category Updates",
                'Inbox,Opened,Important,"Plans, big ones"',
                "Sent,Starred",
                "Archived,Opened,Travel",
                "Spam,Unread",
                "Trash",
                "=?UTF-8?Q?Posteingang,Ge=C3=B6ffnet,Gr=C3=BC=C3=9Fe?=",
            ]
        )
    ]
    row = bring(alice, zipped({"Takeout/Mail/All mail Including Spam and Trash.mbox": mbox(*letters)}))
    assert row.state == "done"
    assert held(alice) == {
        "INBOX": [("Number 0", 0), ("Number 1", SEEN), ("Number 6", SEEN)],
        "Sent": [("Number 2", SEEN | FLAGGED)],
        "Archive": [("Number 3", SEEN)],
        "Junk": [("Number 4", 0)],
        "Trash": [("Number 5", SEEN)],
    }
    assert {label.name for label in labels.listing(alice.pk)} == {"Plans, big ones", "Travel", "Grüße"}
    inbox = mailboxes.named(alice.pk, "INBOX")
    words = [row[0] for row in entries.rows(alice.pk, inbox.pk, None, ["e.keywords"])]
    names = {label.name: label.keyword for label in labels.listing(alice.pk)}
    assert words == ["", names["Plans, big ones"], names["Grüße"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("octets", "problem"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "not-mail"),
        (b"Dear diary, today nothing happened.\n", "not-mail"),
        (zipped({"holiday.jpg": b"jpeg"}), "not-mail"),
        (zipped({"a.eml": ONE})[:-30], "not-mail"),
        (
            zipped({"a.eml": ONE * 50}).replace(ONE[:20], b"\0" * 20)[:60] + zipped({"a.eml": ONE * 50})[90:],
            None,
        ),
    ],
)
def test_what_is_no_mail_is_said(alice, octets, problem):
    row = bring(alice, octets)
    assert row.state == "failed"
    assert row.problem == problem or (problem is None and row.problem in ("damaged", "not-mail"))
    assert held(alice) == {}


@pytest.mark.django_db
def test_an_archive_with_a_password_and_one_that_swells(alice, settings):
    locked = bytearray(zipped({"a.eml": ONE}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(sign) + at] |= 1
    assert bring(alice, bytes(locked)).problem == "locked"
    settings.MAIL_MAX_IMPORT_BYTES = 1 << 20
    assert bring(alice, zipped({"a.eml": b"A: b\n\n" + b"\n" * (5 << 20)})).problem == "too-much"


@pytest.mark.django_db
def test_the_same_file_again_adds_nothing(alice):
    file = mbox(ONE, TWO, ONE)
    assert (bring(alice, file).taken, bring(alice, file).taken) == (2, 0)
    again = bring(alice, file)
    assert (again.state, again.known) == ("done", 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "octets",
    [mbox(*[message(f"{n}") for n in range(9)]), zipped({f"{n}.eml": message(f"{n}") for n in range(9)})],
)
def test_a_killed_worker_is_replaced_and_nothing_comes_twice(alice, monkeypatch, octets):
    monkeypatch.setattr("mailcore.store.importing.BATCH_MESSAGES", 2)
    noted, calls = rows.keep, []

    def die(row, **values):
        calls.append(values)
        if len(calls) == 3:
            raise SystemExit  # killed after the commit, before it was noted
        return noted(row, **values)

    monkeypatch.setattr(rows, "keep", die)
    row = uploads.begin(alice.pk, "x", len(octets), "")
    uploads.take(row, 0, io.BytesIO(octets))
    with pytest.raises(SystemExit):
        run.run()
    assert rows.one(alice.pk, row.id).taken == 4
    Transfer.objects.filter(account_id=alice.pk).update(leased_until=0)
    run.run()
    row = rows.one(alice.pk, row.id)
    assert (row.state, row.taken, row.known) == ("done", 7, 2)
    assert [subject for subject, _ in held(alice)["INBOX"]] == [str(number) for number in range(9)]


@pytest.mark.django_db
def test_full_then_some_room_then_go_on(alice, monkeypatch):
    monkeypatch.setattr("mailcore.store.importing.BATCH_MESSAGES", 1)
    letters = [message(f"{n}") for n in range(4)]
    deliver(alice, b"A: b\r\n\r\n" + b"x" * 10_000, mailbox="Archive")
    quota.allow(alice.pk, quota.usage(alice.pk).used + 2 * len(letters[0]) + 5)
    row = bring(alice, mbox(*letters))
    assert (row.state, row.problem, row.taken) == ("failed", "full", 2)
    quota.allow(alice.pk, 0)
    rows.again(row)
    run.run()
    row = rows.one(alice.pk, row.id)
    assert (row.state, row.taken, row.known) == ("done", 4, 0)


@pytest.mark.django_db
def test_pieces_may_come_twice_or_too_early_but_count_once(alice):
    octets = mbox(ONE, TWO)
    row = uploads.begin(alice.pk, "x", len(octets), "")
    assert uploads.take(row, 0, io.BytesIO(octets[:100])) == 100
    assert uploads.take(row, 0, io.BytesIO(octets[:100])) == 100
    assert uploads.take(row, 500, io.BytesIO(b"too early")) == 100
    assert uploads.take(row, 100, io.BytesIO(octets[100:] + b"and more")) == len(octets)
    run.run()
    assert len(held(alice)["INBOX"]) == 2


@pytest.mark.django_db
def test_limits_of_a_file_and_of_an_account(alice, settings):
    settings.MAIL_MAX_IMPORT_BYTES = 1000
    for size in (0, -1, 1001):
        with pytest.raises(MessageTooBig):
            uploads.begin(alice.pk, "x", size, "")
    quota.allow(alice.pk, 500)
    with pytest.raises(MessageTooBig):
        uploads.begin(alice.pk, "x", 501, "")
    quota.allow(alice.pk, 0)
    for _ in range(rows.MOST_AT_ONCE):
        row = uploads.begin(alice.pk, "x", 1000, "")
    with pytest.raises(NotPermitted):
        uploads.begin(alice.pk, "x", 1000, "")
    rows.cancel(row)
    uploads.begin(alice.pk, "x", 1000, "")


@pytest.mark.django_db
def test_upkeep_forgets_what_nobody_goes_on_with(alice):
    row = uploads.begin(alice.pk, "x", 1000, "")
    uploads.take(row, 0, io.BytesIO(b"half"))
    waiting = rows.begin_server(alice.pk, "x", {}, "secret", [])
    run.tidy()
    assert len(rows.listing(alice.pk)) == 2
    Transfer.objects.filter(account_id=alice.pk).update(updated=waiting.updated - 2 * 86_400)
    run.tidy()
    assert rows.listing(alice.pk) == []
    assert not uploads.path(row.id).exists()


@pytest.mark.django_db
def test_address_books_in_an_archive_come_along(alice):
    card = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann Lee\r\nEMAIL:ann@old.example\r\nEND:VCARD\r\n"
    row = bring(alice, zipped({"contacts.vcf": card, "INBOX.mbox": mbox(ONE)}))
    assert (row.state, row.people, row.taken) == ("done", 1, 1)
    assert [person.name for person in book.everybody(alice.pk)] == ["Ann Lee"]
    assert bring(alice, zipped({"contacts.vcf": card})).state == "done"
