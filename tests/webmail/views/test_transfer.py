"""The page for mail in and out: forms without scripts, pieces with them, and a download of everything."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mailcore.models import Transfer
from mailcore.people import exchange
from mailcore.store import entries, mailboxes
from mailcore.transfer import rows, run, uploads
from tests.builders import deliver as put
from tests.builders import message
from tests.transfer.elsewhere import PASSWORD, USER, Box, Elsewhere, Letter, running

PAGE = "/preferences/transfer/"
SCRIPT = {"HTTP_X_FRAGMENT": "1"}


@pytest.fixture(autouse=True)
def near(settings):
    settings.MAIL_IMPORT_NETWORKS = ("127.0.0.0/8",)


def total(account) -> int:
    return sum(box.total for box in mailboxes.listing(account.pk))


def sign_in(page, place, **more):
    given = {"host": "127.0.0.1", "port": place.port, "security": "plain", "user": USER, "password": PASSWORD}
    return page.post(f"{PAGE}server/", given | more)


def test_a_file_in_a_form(page, alice):
    file = SimpleUploadedFile("old.eml", message("Old"))
    answer = page.post(f"{PAGE}file/", {"file": file, "into": "Old/2020"})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert "Waiting its turn." in page.get(PAGE).content.decode()
    run.run()
    shown = page.get(PAGE).content.decode()
    assert "1 message taken." in shown
    assert "data-moves" not in shown
    assert mailboxes.named(alice.pk, "Old/2020").total == 1


def test_a_file_in_pieces_goes_on_after_a_lost_connection(page, alice):
    octets = message("Old", body="x" * 5000)
    word = {"name": "old.eml", "size": len(octets), "into": ""}
    begun = page.post(f"{PAGE}file/", word, **SCRIPT).json()
    assert begun["received"] == 0

    def piece(at: int, end: int):
        sent = SimpleUploadedFile("piece", octets[at:end])
        return page.post(begun["url"], {"at": at, "piece": sent}, **SCRIPT)

    assert piece(0, 2000).json() == {"received": 2000}
    again = page.post(f"{PAGE}file/", word, **SCRIPT).json()
    assert again == {"url": begun["url"], "received": 2000}
    assert piece(0, 2000).json() == {"received": 2000}
    assert piece(2000, len(octets)).json() == {"received": len(octets)}
    assert piece(0, 10).status_code == 409
    run.run()
    assert total(alice) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "x", "size": 0}, "That file is empty."),
        ({"name": "x", "size": "lots"}, "That file is empty."),
        ({"name": "x", "size": 1 << 50}, "That file is larger than an import may be."),
    ],
)
def test_what_cannot_be_uploaded(page, given, said):
    for more in (SCRIPT, {}):
        answer = page.post(f"{PAGE}file/", given, **more)
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_another_server_step_by_step(page, alice):
    boxes = {
        "INBOX": Box([Letter(1, message("In"))]),
        "Sent Items": Box([Letter(1, message("Out"))], "\\Sent"),
        "Junk": Box([Letter(1, message("Buy"))], "\\Junk"),
    }
    with running(Elsewhere(boxes)) as place:
        answer = sign_in(page, place)
        assert answer.status_code == 303
        shown = page.get(answer["Location"]).content.decode()
        assert 'name="into-1" value="Sent"' in shown
        nothing = page.post(answer["Location"], {})
        assert (nothing.status_code, "Choose at least one folder." in nothing.content.decode()) == (422, True)
        begun = page.post(answer["Location"], {"take": ["0", "1"], "into-0": "From work", "into-1": " / "})
        assert begun["Location"] == PAGE
        run.run()
    assert "Done. 2 messages taken." in page.get(PAGE).content.decode().replace("\n", " ")
    assert mailboxes.named(alice.pk, "From work").total == 1
    assert mailboxes.named(alice.pk, "Sent").total == 1
    assert page.get(answer["Location"]).status_code == 303  # that is decided


def test_each_problem_stands_beside_its_field(page, alice, settings):
    with running(Elsewhere({})) as place:
        for more, field, said in (
            ({"password": "guess"}, "password-wrong", "does not accept"),
            ({"host": "http://x/"}, "host-wrong", "Only the name of the server"),
            ({"host": "10.0.0.1"}, "host-wrong", "that we can reach"),
            ({"port": 70000}, "port-wrong", "less than or equal"),
            ({"security": "starttls"}, "security-wrong", "offers no encryption"),
            ({"security": "none at all"}, "security-wrong", "Select a valid choice"),
        ):
            answer = sign_in(page, place, **more)
            text = answer.content.decode()
            assert answer.status_code == 422, more
            assert said in text.partition(f'id="{field}">')[2].partition("</p>")[0], more
            assert PASSWORD not in text
    settings.MAIL_IMPORT_NETWORKS = ()
    assert "within our own network" not in page.get(PAGE).content.decode()
    assert rows.listing(alice.pk) == []


def test_cancel_go_on_remove(page, alice):
    row = uploads.begin(alice.pk, "x.eml", 100, "")
    act = reverse("transfer-act", args=[row.id])
    uploads.take(row, 0, io.BytesIO(b"A: b"))
    assert page.post(act, {"do": "cancel"})["Location"] == PAGE
    assert not uploads.path(row.id).exists()
    assert "Cancelled." in page.get(PAGE).content.decode()
    page.post(act, {"do": "remove"}, **SCRIPT)
    assert rows.listing(alice.pk) == []


def test_everything_as_one_archive_comes_back_octet_for_octet(page, alice, bob):
    odd = [message("One"), b"A: b\r\n\r\nFrom here\r\n>From there\r\n", b"A: b\r\n\r\nbare \n and no end"]
    put(alice, *odd, flags=1)
    mailboxes.create(alice.pk, "Work/2020")
    put(alice, message("Two"), mailbox="Work/2020")
    exchange.take(alice.pk, exchange.read(b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD\r\n"))
    for form in ("mbox", "eml", "maildir"):
        answer = page.get(f"{PAGE}export/", {"form": form})
        assert answer["Content-Type"] == "application/zip"
        assert 'filename="alice@example.org-' in answer["Content-Disposition"]
        octets = b"".join(answer.streaming_content)
        assert zipfile.ZipFile(io.BytesIO(octets)).testzip() is None
        Transfer.objects.filter(account_id=bob.pk).delete()
        row = uploads.begin(bob.pk, "all.zip", len(octets), form)
        uploads.take(row, 0, io.BytesIO(octets))
        run.run()
        row = rows.one(bob.pk, row.id)
        assert (row.state, row.taken, row.refused) == ("done", 4, 0)
        # INBOX.mbox and INBOX/ stood in a folder; a Maildir's top is the top.
        box = mailboxes.named(bob.pk, form)
        found = [row[0] for row in entries.rows(bob.pk, box.pk, None, ["e.message_id"])]
        raws = entries.raws_of(bob.pk, found)
        ends = b"\r\n" if form == "mbox" else b""  # an mbox ends every line
        assert [raws[number].read() for number in found] == [*odd[:2], odd[2] + ends]
        if form == "maildir":
            assert {row[0] for row in entries.rows(bob.pk, box.pk, None, ["e.flags"])} == {1}
        entries_left = mailboxes.named(bob.pk, f"{form}/Work/2020")
        assert entries_left.total == 1
        for name in (f"{form}/Work/2020", form):
            mailboxes.delete(bob.pk, name)


def test_some_folders_and_never_those_of_others(page, alice, bob):
    put(alice, message("Mine"))
    put(bob, message("Secret of Bob"))
    mine, theirs = mailboxes.named(alice.pk, "INBOX"), mailboxes.named(bob.pk, "INBOX")
    octets = b"".join(page.get(f"{PAGE}export/", {"folder": [mine.id, theirs.id]}).streaming_content)
    archive = zipfile.ZipFile(io.BytesIO(octets))
    assert archive.namelist() == ["INBOX.mbox"]
    assert b"Secret" not in archive.read("INBOX.mbox")
    assert page.get(f"{PAGE}export/", {"folder": theirs.id}).status_code == 303


def test_the_password_is_in_no_page_and_no_answer(page, alice):
    with running(Elsewhere({"INBOX": Box([])})) as place:
        answer = sign_in(page, place)
        for url in (answer["Location"], PAGE, f"{PAGE}jobs/"):
            assert PASSWORD not in page.get(url, **SCRIPT).content.decode()
    assert PASSWORD not in json.dumps(rows.listing(alice.pk)[0].options)
