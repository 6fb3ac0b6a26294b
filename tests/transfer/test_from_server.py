"""Mail from another server: everything once, however often the worker dies on the way."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from contextlib import suppress

import pytest

from mailcore import public_address
from mailcore.models import Transfer
from mailcore.models.entry import ANSWERED, FLAGGED, SEEN
from mailcore.store import entries, labels, mailboxes, messages, quota
from mailcore.supervisor import certificate
from mailcore.transfer import client, from_server, rows, run
from mailcore.transfer.client import PLAIN, STARTTLS, TLS, Server
from mailcore.transfer.errors import NotCertified, NotReachable, NotSecure, SignInRefused, Unavailable
from mailcore.transfer.from_server import Offer
from tests.builders import message
from tests.transfer.elsewhere import PASSWORD, USER, Box, Elsewhere, Letter, running


def letters(count: int, first: int = 1, **more: str) -> list[Letter]:
    return [
        Letter(number, message(f"Letter {number}", message_id=f"{number}@old.example"), **more)
        for number in range(first, first + count)
    ]


@pytest.fixture(autouse=True)
def near(settings):
    """The stranger's server is on this machine, which the operator allows."""
    settings.MAIL_IMPORT_NETWORKS = ("127.0.0.0/8",)


def server(place: Elsewhere, **more) -> Server:
    return Server(**({"host": "127.0.0.1", "port": place.port, "security": PLAIN, "user": USER} | more))


def begin(account, place: Elsewhere, chosen: dict[str, str] | None = None) -> Transfer:
    """As the browser does: look, choose, wait."""
    found = from_server.look(server(place), PASSWORD)
    options = {"host": "127.0.0.1", "port": place.port, "security": PLAIN, "user": USER}
    row = rows.begin_server(account.pk, f"{USER}@127.0.0.1", options, PASSWORD, [])
    if chosen is None:
        chosen = {offer.name: offer.into for offer in found if offer.is_wanted}
    rows.choose(row, list(chosen.items()))
    return row


def held(account, name: str) -> list[str]:
    box = mailboxes.named(account.pk, name)
    return [row[0] for row in entries.rows(account.pk, box.pk, None, ["m.subject"], with_message=True)]


def fresh(row: Transfer) -> Transfer:
    return rows.one(row.account_id, row.id)


def told(row: Transfer) -> tuple[str, int, int, int]:
    now = fresh(row)
    return now.state, now.taken, now.known, now.refused


@pytest.mark.django_db
def test_flags_dates_keywords_and_octets_come_along(alice):
    raw = message("Tea", body="At four?\r\n\x80\r\n" + "x" * 300_000 + "\r\n")
    box = Box([Letter(7, raw, "\\Seen \\Answered \\Flagged $label1 Plans \\*")])
    with running(Elsewhere({"INBOX": box})) as place:
        row = begin(alice, place)
        run.run()
    assert told(row) == ("done", 1, 0, 0)
    assert fresh(row).secret == ""
    inbox = mailboxes.named(alice.pk, "INBOX")
    columns = ["e.flags", "e.keywords", "e.received", "e.message_id"]
    [(flags, keywords, received, message_id)] = entries.rows(alice.pk, inbox.pk, None, columns)
    assert flags == SEEN | ANSWERED | FLAGGED
    assert keywords == "$label1 Plans"
    assert received == 1594979065
    assert entries.raws_of(alice.pk, [message_id])[message_id].read() == raw


@pytest.mark.django_db
def test_folders_go_where_ours_are(alice):
    boxes = {
        "INBOX": Box([]),
        "INBOX.Gesendet": Box([], "\\Sent"),
        "INBOX.Work.2020/21": Box([]),
        "INBOX.Entw&APw-rfe": Box([], "\\Drafts"),
        "INBOX.Stuff": Box([], "\\Noselect"),
    }
    with running(Elsewhere(boxes, delimiter=".")) as place:
        assert from_server.look(server(place), PASSWORD) == [
            Offer("INBOX", "INBOX", 0, True),
            Offer("INBOX.Gesendet", "Sent", 0, True),
            Offer("INBOX.Work.2020/21", "Work/2020-21", 0, True),
            Offer("INBOX.Entwürfe", "Drafts", 0, True),
        ]


@pytest.mark.django_db
def test_gmail_gives_each_letter_once_with_its_labels(alice):
    raw = [message(f"Number {number}") for number in range(4)]
    everything = [
        Letter(1, raw[0], "\\Seen", labels='"\\\\Inbox" "\\\\Important" "Big plans"'),
        Letter(2, raw[1], "", labels='"\\\\Sent" "\\\\Starred"'),
        Letter(3, raw[2], "", labels=""),
    ]
    boxes = {
        "INBOX": Box([Letter(9, raw[0])]),
        "Big plans": Box([Letter(9, raw[0])]),
        "[Gmail]": Box([], "\\HasChildren \\Noselect"),
        "[Gmail]/All Mail": Box(everything, "\\All \\HasNoChildren"),
        "[Gmail]/Starred": Box([Letter(9, raw[1])], "\\Flagged"),
        "[Gmail]/Bin": Box([Letter(9, raw[3])], "\\Trash"),
    }
    with running(Elsewhere(boxes, "IMAP4rev1 AUTH=PLAIN X-GM-EXT-1")) as place:
        wanted = [offer.name for offer in from_server.look(server(place), PASSWORD) if offer.is_wanted]
        assert wanted == ["[Gmail]/All Mail", "[Gmail]/Bin"]
        row = begin(alice, place)
        run.run()
    assert told(row) == ("done", 4, 0, 0)
    for name, subjects in {
        "INBOX": ["Number 0"],
        "Sent": ["Number 1"],
        "Archive": ["Number 2"],
        "Trash": ["Number 3"],
    }.items():
        assert held(alice, name) == subjects
    label = labels.named(alice.pk, "Big plans")
    inbox = mailboxes.named(alice.pk, "INBOX")
    assert entries.rows(alice.pk, inbox.pk, None, ["e.keywords"]) == [(label.keyword,)]


@pytest.mark.django_db
def test_a_lost_connection_goes_on_where_it_was_and_nothing_comes_twice(alice, monkeypatch):
    monkeypatch.setattr("mailcore.store.importing.BATCH_MESSAGES", 3)
    monkeypatch.setattr(from_server, "TOGETHER", 2)
    with running(Elsewhere({"INBOX": Box(letters(10))}, hang_up_after=7)) as place:
        row = begin(alice, place)
        run.run()
        now = fresh(row)
        assert (now.state, now.taken, now.total) == ("waiting", 6, 10)
        assert now.leased_until > time.time()  # it waits a moment before it tries again
        assert run.run() == 0
        place.hang_up_after, place.said[:] = 1 << 30, []
        Transfer.objects.filter(account_id=alice.pk).update(leased_until=0)
        run.run()
        assert "7" in place.bodies[0].split()[3].split(",")[0]
    assert told(row) == ("done", 10, 0, 0)
    assert held(alice, "INBOX") == [f"Letter {number}" for number in range(1, 11)]


@pytest.mark.django_db
def test_a_killed_worker_is_replaced_once_its_lease_has_run_out(alice):
    with running(Elsewhere({"INBOX": Box(letters(3))})) as place:
        row = begin(alice, place)
        killed = rows.claim()
        assert run.run() == 0  # somebody has it
        Transfer.objects.filter(account_id=alice.pk).update(leased_until=int(time.time()) - 1)
        run.run()
        assert not rows.keep(killed)  # and whoever comes back late learns that it is theirs no more
    assert told(row) == ("done", 3, 0, 0)


@pytest.mark.django_db
def test_later_only_what_is_new_comes(alice):
    with running(Elsewhere({"INBOX": Box(letters(3))})) as place:
        begin(alice, place)
        run.run()
        place.boxes["INBOX"].letters += letters(2, first=4)
        place.said.clear()
        row = begin(alice, place)
        run.run()
        assert told(row) == ("done", 2, 0, 0)
        place.boxes["INBOX"].validity = 2  # the folder is another now: its numbers mean nothing
        row = begin(alice, place)
        run.run()
    assert told(row) == ("done", 0, 5, 0)
    assert len(held(alice, "INBOX")) == 5


@pytest.mark.django_db
def test_what_was_filed_meanwhile_does_not_come_back(alice):
    with running(Elsewhere({"INBOX": Box(letters(2))})) as place:
        begin(alice, place)
        run.run()
        inbox, archive = mailboxes.named(alice.pk, "INBOX"), mailboxes.named(alice.pk, "Archive")
        messages.move(inbox, None, archive)
        place.boxes["INBOX"].validity = 2
        row = begin(alice, place)
        run.run()
    assert told(row) == ("done", 0, 2, 0)
    assert held(alice, "INBOX") == []


@pytest.mark.django_db
def test_a_full_mailbox_ends_it_with_what_fitted(alice, monkeypatch):
    monkeypatch.setattr("mailcore.store.importing.BATCH_MESSAGES", 1)
    found = letters(3)
    quota.allow(alice.pk, len(found[0].octets) * 2 + 1)
    with running(Elsewhere({"INBOX": Box(found)})) as place:
        row = begin(alice, place)
        run.run()
    assert told(row)[:2] == ("failed", 2)
    assert (fresh(row).problem, fresh(row).secret) == ("full", "")


@pytest.mark.django_db
def test_too_big_a_letter_is_left_out_and_counted(alice, settings):
    settings.MAIL_MAX_MESSAGE_BYTES = 1000
    found = [*letters(1), Letter(2, b"A: b\r\n\r\n" + b"x" * 2000), *letters(1, first=3)]
    with running(Elsewhere({"INBOX": Box(found)})) as place:
        row = begin(alice, place)
        run.run()
    assert told(row) == ("done", 2, 0, 1)


@pytest.mark.django_db
def test_cancelled_while_it_runs_it_stops_and_forgets_the_password(alice, monkeypatch):
    monkeypatch.setattr("mailcore.store.importing.BATCH_MESSAGES", 1)
    noted = rows.keep

    def keep(row, **values):
        if values.get("taken") == 2:
            rows.cancel(row)
        return noted(row, **values)

    monkeypatch.setattr(rows, "keep", keep)
    with running(Elsewhere({"INBOX": Box(letters(5))})) as place:
        row = begin(alice, place)
        run.run()
    assert fresh(row).state == "cancelled"
    assert fresh(row).secret == ""
    assert len(held(alice, "INBOX")) == 2


@pytest.mark.django_db
def test_the_password_is_sealed_in_the_row(alice):
    row = rows.begin_server(alice.pk, "x", {}, PASSWORD, [])
    assert PASSWORD not in row.secret
    assert rows.password(row) == PASSWORD
    rows.cancel(row)
    assert fresh(row).secret == ""


def test_wrong_password():
    with running(Elsewhere({})) as place, pytest.raises(SignInRefused):
        from_server.look(server(place), "guess")


@pytest.mark.parametrize(
    ("host", "networks", "error"),
    [
        ("127.0.0.1", (), NotReachable),
        ("10.0.0.1", ("127.0.0.0/8",), NotReachable),
        ("169.254.169.254", ("127.0.0.0/8",), NotReachable),
        ("::ffff:127.0.0.1", (), NotReachable),
        ("2130706433", (), NotReachable),
        ("0x7f.1", ("127.0.0.0/8",), NotReachable),
    ],
)
def test_our_own_network_cannot_be_reached(host, networks, error, settings):
    settings.MAIL_IMPORT_NETWORKS = networks
    with pytest.raises(error):
        client.Client(Server(host, 993, TLS, USER), PASSWORD)


def test_a_name_is_looked_up_once_and_must_be_public(settings, monkeypatch):
    monkeypatch.setattr(public_address.of, "__kwdefaults__", {
        "resolve": lambda name: ["192.0.2.1", "10.0.0.1"], "allowed": public_address.is_public,
    })  # fmt: skip
    with pytest.raises(NotReachable):
        client.Client(Server("imap.far.test", 993, TLS, USER), PASSWORD)


@pytest.mark.parametrize("port", [22, 25, 80, 587])
def test_public_servers_are_asked_at_ports_of_mail_alone(port):
    with pytest.raises(NotReachable):
        client.Client(Server("1.1.1.1", port, TLS, USER), PASSWORD)


def test_no_password_travels_in_the_clear_beyond_our_own_networks():
    with pytest.raises(NotSecure):
        client.Client(Server("1.1.1.1", 143, PLAIN, USER), PASSWORD)
    with running(Elsewhere({})) as place:
        with pytest.raises(NotSecure):  # it does not offer STARTTLS
            client.Client(server(place, security=STARTTLS), PASSWORD)
        assert not any(PASSWORD in line or "AUTHENTICATE" in line for line in place.said)


def test_a_certificate_of_nobody_is_refused(tmp_path):
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.make(cert, key, "mx.example.org")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            with door.accept()[0] as peer, pytest.raises(OSError):
                context.wrap_socket(peer, server_side=True)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NotCertified):
            client.Client(Server("127.0.0.1", door.getsockname()[1], TLS, USER), PASSWORD)
        thread.join(15)


def test_a_server_that_never_ends_a_line_is_left(monkeypatch):
    monkeypatch.setattr(client, "MOST_LINE", 10_000)

    class Endless(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while True:
                    self.request.sendall(b"* OK " + b"x" * 4000)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Endless) as door:
        door.daemon_threads = True
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with pytest.raises(Unavailable):
            client.Client(Server("127.0.0.1", door.server_address[1], PLAIN, USER), PASSWORD)
        door.shutdown()
