"""Client libraries that other people wrote: imaplib, poplib, smtplib, IMAPClient, aioimaplib."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import poplib
import smtplib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest

from tests.builders import message
from tests.interop.instance import Instance, Person, eventually, trusting

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def carol(instance: Instance) -> Person:
    return instance.add_account("carol")


@pytest.fixture
def empty(instance: Instance, carol: Person) -> Person:
    """Carol with an empty INBOX."""
    with instance.imap(carol) as imap:
        imap.select("INBOX")
        imap.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
        imap.expunge()
    return carol


def letter(subject: str) -> EmailMessage:
    """HTML and text, a picture inline and a file, as mail programs write them."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ünal <u@remote.test>", "carol@example.org", subject
    made.set_content("Guten Tag\n")
    made.add_alternative("<p>Guten <b>Tag</b></p>", subtype="html")
    made.add_attachment(
        b"%PDF-1.4 " + bytes(range(256)) * 20, maintype="application", subtype="pdf", filename="Ä.pdf"
    )
    return made


class TestSmtplib:
    def test_several_messages_over_one_connection(self, instance, empty):
        with instance.smtp() as smtp:
            for n in range(5):
                smtp.sendmail("x@remote.test", [empty.address], message(f"letter {n}"))
        assert instance.subjects(empty) == [f"letter {n}" for n in range(5)]

    def test_refused_recipients_do_not_spoil_the_others(self, instance, empty):
        with instance.smtp() as smtp:
            refused = smtp.sendmail("x@remote.test", [empty.address, "nobody@example.org"], message("partly"))
        assert [(who, code) for who, (code, _) in refused.items()] == [("nobody@example.org", 550)]
        assert instance.subjects(empty) == ["partly"]

    def test_utf8_addresses_and_headers(self, instance, empty):
        made = letter("Grüße")
        with instance.smtp() as smtp:
            smtp.send_message(made, "jürgen@remote.test", [empty.address])
        assert (
            "Grüße".encode() in instance.messages(empty)[0]
            or b"=?utf-8?" in instance.messages(empty)[0].lower()
        )

    def test_submission_asks_for_a_password(self, instance, empty):
        with smtplib.SMTP("127.0.0.1", instance.ports["SUBMISSION"], timeout=30) as smtp:
            smtp.starttls(context=trusting())
            smtp.ehlo("laptop.test")
            code, _ = smtp.mail(empty.address)
            assert code == 530

    def test_scram_by_the_books(self, instance, empty):
        """RFC 7677, done by hand with the standard library."""
        import base64
        import hashlib
        import hmac

        with smtplib.SMTP("127.0.0.1", instance.ports["SUBMISSION"], timeout=30) as smtp:
            smtp.starttls(context=trusting())
            smtp.ehlo("laptop.test")
            assert "SCRAM-SHA-256" in smtp.esmtp_features["auth"]
            bare = f"n={empty.address},r=fyko"
            code, answer = smtp.docmd(
                "AUTH", "SCRAM-SHA-256 " + base64.b64encode(f"n,,{bare}".encode()).decode()
            )
            assert code == 334
            first = base64.b64decode(answer).decode()
            fields = dict(item.split("=", 1) for item in first.split(","))
            key = hashlib.pbkdf2_hmac(
                "sha256", empty.password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
            )
            client = hmac.digest(key, b"Client Key", "sha256")
            final = f"c=biws,r={fields['r']}"
            signed = f"{bare},{first},{final}".encode()
            signature = hmac.digest(hashlib.sha256(client).digest(), signed, "sha256")
            proof = base64.b64encode(bytes(a ^ b for a, b in zip(client, signature, strict=True))).decode()
            code, answer = smtp.docmd(base64.b64encode(f"{final},p={proof}".encode()).decode())
            server = hmac.digest(hmac.digest(key, b"Server Key", "sha256"), signed, "sha256")
            if code == 334:
                assert base64.b64decode(answer) == b"v=" + base64.b64encode(server)
                code, _ = smtp.docmd("")
            assert code == 235


class TestImaplib:
    def test_a_day_with_a_mailbox(self, instance, empty):
        raw = letter("A day").as_bytes().replace(b"\n", b"\r\n")
        with instance.imap(empty) as imap:
            imap.append("INBOX", r"(\Seen $Todo)", imaplib.Time2Internaldate(1_000_000_000), raw)
            assert imap.select("INBOX") == ("OK", [b"1"])
            assert imap.fetch("1", "(BODY.PEEK[])")[1][0][1] == raw
            _, data = imap.fetch("1", "(FLAGS INTERNALDATE RFC822.SIZE)")
            assert b"$Todo" in data[0] and b'"09-Sep-2001 01:46:40 +0000"' in data[0]
            assert f"RFC822.SIZE {len(raw)}".encode() in data[0]
            assert imap.search(None, "KEYWORD", "$Todo", "SEEN") == ("OK", [b"1"])
            assert imap.create("Work/2026")[0] == "OK"
            assert imap.copy("1", "Work/2026")[0] == "OK"
            assert imap.uid("MOVE", "1", "Archive")[0] == "OK"
            assert imap.delete("Work/2026")[0] == "OK"
            assert imap.delete("Work")[0] == "OK"

    def test_parts_are_fetched_alone(self, instance, empty):
        """FEATURES A14."""
        made = letter("Parts")
        raw = made.as_bytes().replace(b"\n", b"\r\n")
        with instance.imap(empty) as imap:
            imap.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
            imap.select("INBOX")
            _, data = imap.fetch("1", "(BODY.PEEK[1.2] BODY.PEEK[2.MIME] BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
            parts = [item[1] for item in data if isinstance(item, tuple)]
            assert b"<b>Tag</b>" in parts[0]
            assert b"application/pdf" in parts[1]
            assert parts[2] == b"Subject: Parts\r\n\r\n"
            _, data = imap.fetch("1", "(BODYSTRUCTURE)")
            assert b'"application" "pdf"' in data[0].lower()

    def test_two_sessions_stay_in_step(self, instance, empty):
        with instance.imap(empty) as one, instance.imap(empty) as two:
            one.select("INBOX")
            two.select("INBOX")
            with instance.smtp() as smtp:
                smtp.sendmail("x@remote.test", [empty.address], message("new"))
            for session in (one, two):
                session.noop()
                assert session.response("EXISTS")[1][-1] == b"1"
            one.store("1", "+FLAGS", r"(\Deleted)")
            one.expunge()
            two.noop()
            assert two.response("EXPUNGE")[1] == [b"1"]


class TestPoplib:
    def test_a_day_with_pop3(self, instance, empty):
        with instance.smtp() as smtp:
            for n in (1, 2, 3):
                smtp.sendmail("x@remote.test", [empty.address], message(f"letter {n}", body=".dot\r\n.\r\n"))
        with instance.pop3(empty) as pop:
            count, size = pop.stat()
            assert count == 3
            assert sum(int(line.split()[1]) for line in pop.list()[1]) == size
            uidl = pop.uidl()[1]
            assert len({line.split()[1] for line in uidl}) == 3
            assert b"Subject: letter 2" in pop.retr(2)[1]
            assert pop.retr(2)[1][-2:] == [b".dot", b"."]
            assert b".dot" not in pop.top(1, 0)[1]
            pop.dele(1)
            pop.rset()
            pop.dele(3)
        assert instance.subjects(empty) == ["letter 1", "letter 2"]
        with instance.pop3(empty) as pop:
            assert pop.uidl()[1] == uidl[:2]

    def test_a_lost_connection_deletes_nothing(self, instance, empty):
        """RFC 1939 §6: only QUIT enters the UPDATE state."""
        with instance.smtp() as smtp:
            smtp.sendmail("x@remote.test", [empty.address], message("kept"))
        pop = poplib.POP3_SSL("127.0.0.1", instance.ports["POP3S"], context=trusting(), timeout=30)
        pop.user(empty.address)
        pop.pass_(empty.password)
        pop.dele(1)
        pop.close()
        assert instance.subjects(empty) == ["kept"]


class TestImapclient:
    def test_envelope_structure_move_and_idle(self, instance, empty):
        from imapclient import IMAPClient

        with IMAPClient(
            "127.0.0.1", port=instance.ports["IMAPS"], ssl_context=trusting(), timeout=30
        ) as client:
            client.login(empty.address, empty.password)
            assert {b"IDLE", b"MOVE", b"UIDPLUS", b"CONDSTORE", b"SPECIAL-USE"} <= set(client.capabilities())
            special = {flag for flags, _, _ in client.list_folders() for flag in flags}
            assert {b"\\Sent", b"\\Drafts", b"\\Trash", b"\\Junk"} <= special
            client.select_folder("INBOX")
            client.idle()
            with instance.smtp() as smtp:
                smtp.send_message(letter("Pushed"), "x@remote.test", [empty.address])
            started = time.monotonic()
            told: list[tuple[int, bytes]] = []
            while not any(item[1] == b"EXISTS" for item in told if len(item) > 1):
                told += client.idle_check(timeout=10)
                assert time.monotonic() - started < 15
            client.idle_done()
            (uid,) = client.search(["SUBJECT", "Pushed"])
            data = client.fetch([uid], ["ENVELOPE", "BODYSTRUCTURE", "FLAGS"])[uid]
            assert data[b"ENVELOPE"].subject == b"Pushed"
            assert data[b"ENVELOPE"].from_[0].host == b"remote.test"
            assert data[b"BODYSTRUCTURE"].is_multipart
            client.add_flags([uid], [b"\\Flagged"])
            client.move([uid], "Archive")
            assert client.search() == []
            assert client.folder_status("Archive", ["MESSAGES"])[b"MESSAGES"] >= 1
            client.logout()

    def test_international_mailbox_names(self, instance, carol):
        from imapclient import IMAPClient

        with IMAPClient(
            "127.0.0.1", port=instance.ports["IMAPS"], ssl_context=trusting(), timeout=30
        ) as client:
            client.login(carol.address, carol.password)
            client.create_folder("Entwürfe/日本 & more")
            assert "Entwürfe/日本 & more" in [name for _, _, name in client.list_folders()]
            client.delete_folder("Entwürfe/日本 & more")
            client.delete_folder("Entwürfe")
            client.logout()


class TestAioimaplib:
    def test_idle_is_pushed(self, instance, empty):
        import aioimaplib

        async def scene() -> None:
            client = aioimaplib.IMAP4_SSL(
                "127.0.0.1", instance.ports["IMAPS"], ssl_context=trusting(), timeout=30
            )
            await client.wait_hello_from_server()
            await client.login(empty.address, empty.password)
            await client.select("INBOX")
            idle = await client.idle_start(timeout=60)
            await asyncio.sleep(0.2)
            started = time.monotonic()
            await asyncio.to_thread(self._deliver, instance, empty)
            pushed = await asyncio.wait_for(client.wait_server_push(), 10)
            assert any(b"EXISTS" in line for line in pushed)
            assert time.monotonic() - started < 5
            client.idle_done()
            await asyncio.wait_for(idle, 10)
            await client.logout()
            # The library leaves its socket to the garbage collector.
            client.protocol.transport.abort()
            await asyncio.sleep(0.1)

        # On a thread: a browser test of the same run may have left its event loop on ours.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, scene()).result()

    @staticmethod
    def _deliver(instance: Instance, person: Person) -> None:
        with instance.smtp() as smtp:
            smtp.sendmail("x@remote.test", [person.address], message("pushed"))


def test_forty_five_people_at_once(instance, empty):
    """Deliveries and readers together: nothing is lost, nothing doubled, nobody waits for ever."""
    problems: list[BaseException] = []

    def send(n: int) -> None:
        try:
            with instance.smtp() as smtp:
                for k in range(3):
                    smtp.sendmail("x@remote.test", [empty.address], message(f"{n}.{k}"))
        except BaseException as problem:
            problems.append(problem)

    def read() -> None:
        try:
            with instance.imap(empty) as imap:
                imap.select("INBOX")
                for _ in range(5):
                    imap.noop()
                    imap.fetch("1:*", "(UID FLAGS ENVELOPE)")
        except BaseException as problem:
            problems.append(problem)

    crowd = [threading.Thread(target=send, args=(n,)) for n in range(25)]
    crowd += [threading.Thread(target=read) for _ in range(20)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join(120)
    assert problems == []
    expected = sorted(f"{n}.{k}" for n in range(25) for k in range(3))
    assert eventually(lambda: sorted(instance.subjects(empty)) == expected)


def test_who_opens_too_many_connections_is_told_so(instance):
    """SECURITY A31: one address may hold fifty that have not signed in; the next one hears why, others are served."""
    with contextlib.ExitStack() as held:
        answers = []
        for _ in range(60):
            peer = held.enter_context(
                socket.create_connection(("127.0.0.1", instance.ports["SMTP"]), timeout=10)
            )
            answers.append(peer.recv(200)[:4])
        assert set(answers) == {b"220 ", b"421 "}
        assert answers[:20] == [b"220 "] * 20

    def is_served() -> bool:  # as soon as the listener saw the fifty leave
        try:
            return instance.smtp().quit()[0] == 221
        except smtplib.SMTPConnectError:
            return False

    assert eventually(is_served)
