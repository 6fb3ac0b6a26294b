"""From rows to a peer and back to rows, over real sockets, with a DNS of our own."""

from __future__ import annotations

import re
import socket
import threading
import time

import dkim as dkimpy
import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from mailcore.models import OutboundMessage, OutboundRecipient, Route
from mailcore.outbound import connections, queue, relay, signing, smtp_client, sweep
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import mailbox
from mailcore.store import blobs
from tests.outbound.conftest import RAW
from tests.outbound.peers import Conversation, Peer

pytestmark = pytest.mark.django_db


def states(rows) -> dict[str, str]:
    return {address: row.state for address, row in rows().items()}


def test_a_message_reaches_the_host_that_dns_names(queued, mailhost, rows):
    host = mailhost("example.net")
    message = queued("bob@example.net", "carol@example.net", raw=RAW, prefix=b"Received: by us\r\n")
    relay.relay("example.net")
    (received,) = host.received
    assert received.sender == "alice@example.org"
    assert received.recipients == ["bob@example.net", "carol@example.net"]
    assert received.body == b"Received: by us\r\n" + RAW
    assert states(rows) == {"bob@example.net": "delivered", "carol@example.net": "delivered"}
    assert rows()["bob@example.net"].reply_from == "mx9.example.net"
    (tried,) = queue.transcripts(message)
    assert "C: RCPT TO:<carol@example.net>" in tried.transcript
    assert "At four" not in tried.transcript
    assert tried.target.startswith("mx9.example.net[127.0.0.9]:")


def test_many_messages_share_one_conversation(queued, mailhost, rows):
    host = mailhost("example.net")
    for n in range(60):
        queued(f"user{n}@example.net")
    relay.relay("example.net")
    assert host.connections == 1
    assert len(host.received) == 60
    assert set(states(rows).values()) == {"delivered"}


def test_the_conversation_is_taken_up_again_for_the_next_burst(queued, mailhost):
    host = mailhost("example.net")
    for n in range(3):
        queued(f"user{n}@example.net")
        relay.relay("example.net")
    assert (host.connections, len(host.received)) == (1, 3)
    connections.close_old(0)
    queued("last@example.net")
    relay.relay("example.net")
    assert host.connections == 2


def test_a_peer_that_takes_ten_a_conversation_gets_as_many_conversations_as_it_needs(queued, mailhost, rows):
    host = mailhost("example.net", most_letters=10)
    for n in range(35):
        queued(f"user{n}@example.net")
    relay.relay("example.net")
    assert host.connections == 4
    assert len(host.received) == len({one.recipients[0] for one in host.received}) == 35
    assert set(states(rows).values()) == {"delivered"}


def test_each_recipient_is_written_down_for_itself(queued, mailhost, rows):
    mailhost(
        "example.net",
        refuse={"no@example.net": "550 5.1.1 No such user", "full@example.net": "452 4.2.2 Mailbox full"},
    )
    queued("bob@example.net", "no@example.net", "full@example.net")
    relay.relay("example.net")
    assert states(rows)["bob@example.net"] == "delivered"
    assert states(rows)["no@example.net"] == "failed"
    assert states(rows)["full@example.net"] == "queued"
    assert rows()["full@example.net"].last_reply == "452 4.2.2 Mailbox full"


def test_the_second_host_takes_it_when_the_first_is_down(queued, mailhost, world, rows):
    host = mailhost("example.net", preference=20)
    world.zone["example.net MX"].append("10 down.example.net.")
    world.zone["down.example.net A"] = ["127.0.0.99"]
    message = queued()
    relay.relay("example.net")
    assert len(host.received) == 1
    assert states(rows) == {"bob@example.net": "delivered"}
    first, second = queue.transcripts(message)
    assert "refused" in first.transcript
    assert second.target.startswith("mx9.")


def test_the_second_host_takes_it_when_the_first_sends_everybody_away(queued, mailhost, rows):
    busy = mailhost("example.net", host="127.0.0.8", preference=10, refuse={"connect": "554 5.7.1 go away"})
    host = mailhost("example.net", host="127.0.0.9", preference=20)
    queued()
    relay.relay("example.net")
    assert busy.connections == 1
    assert len(host.received) == 1
    assert states(rows) == {"bob@example.net": "delivered"}


def test_when_nobody_is_there_everything_waits_and_is_dialled_once(
    queued, world, rows, settings, monkeypatch
):
    monkeypatch.setattr(queue, "BATCH", 5)
    settings.MAIL_OUTBOUND_PORT = 9
    world.zone |= {"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.99"]}
    dialled = []
    real = smtp_client.connect
    monkeypatch.setattr(smtp_client, "connect", lambda *a, **k: dialled.append(a) or real(*a, **k))
    for n in range(12):
        queued(f"user{n}@example.net")
    relay.relay("example.net")
    assert set(states(rows).values()) == {"queued"}
    assert {row.attempts for row in rows().values()} == {1}
    assert "refused" in rows()["user11@example.net"].last_reply
    assert len(dialled) == 1


def test_a_domain_that_is_not_there_fails_at_once(queued, world, rows):
    queued("bob@missing.example")
    relay.relay("missing.example")
    assert states(rows)["bob@missing.example"] == "failed"
    assert rows()["bob@missing.example"].last_reply.startswith("550 5.1.2")


def test_aiosmtpd_as_a_peer(queued, world, rows, settings):
    """A server that we did not write."""

    class Handler:
        received: list = []

        async def handle_DATA(self, server, session, envelope):
            self.received.append(envelope)
            return "250 2.0.0 thank you"

    with socket.create_server(("127.0.0.7", 0)) as free:
        settings.MAIL_OUTBOUND_PORT = free.getsockname()[1]
    controller = Controller(
        Handler(), hostname="127.0.0.7", port=settings.MAIL_OUTBOUND_PORT, enable_SMTPUTF8=True
    )
    controller.start()
    try:
        world.zone |= {"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.7"]}
        raw = "Subject: é\r\n\r\n.dot\r\n..dots\r\nGrüße\r\n".encode()
        queued("bücher@example.net", "bob@example.net", raw=raw)
        queued("carol@example.net")
        relay.relay("example.net")
        connections.close_old(0)
    finally:
        controller.stop()
    assert set(states(rows).values()) == {"delivered"}
    first, second = Handler.received
    assert first.content == raw
    assert first.rcpt_tos == ["bücher@example.net", "bob@example.net"]
    assert second.rcpt_tos == ["carol@example.net"]


# --- our own mailboxes


def test_mail_for_our_own_domain_is_delivered_here(queued, alice, bob, rows):
    from mailcore.store import mailboxes
    from tests.builders import mailbox_of  # noqa: F401

    queued("bob@example.org", "nobody@example.org", hold_until=0)
    relay.relay("example.org")
    assert states(rows)["bob@example.org"] == "delivered"
    assert states(rows)["nobody@example.org"] == "failed"
    assert mailboxes.named(bob.pk, "INBOX").total == 1
    # And alice has been told who did not get it, by the same way.
    assert states(rows)["alice@example.org"] == "delivered"
    assert mailboxes.named(alice.pk, "INBOX").total == 1


# --- signing


def test_what_leaves_is_signed_by_the_senders_domain(queued, mailhost, example_org):
    signing.make_keys(example_org)
    host = mailhost("example.net")
    queued(raw=RAW, sign_as="example.org")
    relay.relay("example.net")
    body = host.received[0].body
    assert body.count(b"DKIM-Signature:") == 2
    published = {name + ".": value.encode() for name, value in signing.records(example_org)}
    for index in (0, 1):
        verifier = dkimpy.DKIM(body)
        assert verifier.verify(idx=index, dnsfunc=lambda name, timeout=5: published[name.decode()])


def test_what_a_stranger_sent_is_never_signed(queued, mailhost, example_org):
    signing.make_keys(example_org)
    host = mailhost("example.net")
    queued(raw=RAW, sender="stranger@example.com")
    relay.relay("example.net")
    assert b"DKIM-Signature" not in host.received[0].body


def test_private_keys_are_not_readable_in_the_database(example_org, settings):
    """SECURITY E23."""
    rsa, ed25519 = sorted(signing.make_keys(example_org), key=lambda key: key.algorithm, reverse=True)
    assert (rsa.algorithm, ed25519.algorithm) == ("rsa", "ed25519")
    for key in (rsa, ed25519):
        assert "PRIVATE" not in key.secret
        assert key.public.startswith(f"v=DKIM1; k={key.algorithm}; p=")
    assert len(signing.keys_of("example.org")) == 2
    signing.forget()
    settings.SECRET_KEY = "another"
    assert signing.keys_of("example.org") == ()  # mail goes unsigned rather than not at all
    assert signing.signer("example.org") is None


# --- trouble


def test_a_message_whose_octets_are_missing_takes_no_other_with_it(queued, mailhost, rows):
    host = mailhost("example.net")
    broken = queued("a@example.net")
    queued("b@example.net")
    OutboundMessage.objects.filter(id=broken.id).update(digest=b"\0" * 32)
    relay.relay("example.net")
    assert states(rows) == {"a@example.net": "queued", "b@example.net": "delivered"}
    assert len(host.received) == 1


def test_a_big_message_is_read_from_storage_in_pieces(queued, mailhost, rows):
    host = mailhost("example.net")
    raw = RAW + b"x" * 70 + b"\r\n" + b"".join(b"%070d\r\n" % n for n in range(20_000))
    queued(raw=raw)
    relay.relay("example.net")
    assert host.received[0].body == raw


def test_a_storage_that_breaks_off_never_sends_half_a_message(queued, mailhost, rows, monkeypatch):
    """The final dot is not sent: the peer throws away what it has."""
    host = mailhost("example.net")
    raw = RAW + b"".join(b"%070d\r\n" % n for n in range(20_000))
    queued(raw=raw)
    real, calls = blobs._read_place, []

    def failing(place, start, length):
        calls.append(start)
        if len(calls) > 8:
            raise blobs.TemporaryFailure("disk gone")
        return real(place, start, length)

    monkeypatch.setattr(blobs, "_read_place", failing)
    relay.relay("example.net")
    assert host.received == []
    assert states(rows) == {"bob@example.net": "queued"}
    assert rows()["bob@example.net"].last_reply.startswith("451 4.3.0")


def test_a_peer_that_dies_in_the_middle_costs_only_what_it_had(queued, world, rows, settings):
    taken = []

    def dies_at_the_third(c: Conversation) -> None:
        c.hello("PIPELINING")
        for n in range(3):
            for _ in range(3):
                c.hear()
            c.say("250 ok", "250 ok", "354 go")
            body = c.hear_body()
            if n == 2:
                return
            taken.append(body)
            c.say("250 2.0.0 ok")

    with Peer(dies_at_the_third, host="127.0.0.9") as peer:
        settings.MAIL_OUTBOUND_PORT = peer.port
        world.zone |= {"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.9"]}
        for n in range(5):
            queued(f"user{n}@example.net")
        relay.relay("example.net")
    # Conversations: 1st takes two and breaks the third; 2nd takes the last two.
    assert sorted(states(rows).values()) == ["delivered"] * 4 + ["queued"]
    assert len(taken) == 4


def test_a_route_with_a_password_goes_to_the_smart_host(queued, rows, server_tls, world):
    from tests.outbound.peers import Mailhost

    with Mailhost(tls=server_tls, users={"us": "s3cret"}) as host:
        from mailcore.identity import routes

        routes.save(
            Route(domain="*", host="127.0.0.1", port=host.port, tls="opportunistic", username="us"),
            password="s3cret",
        )
        queued("bob@example.net")
        queued("carol@other.example")
        relay.relay("example.net")
        relay.relay("other.example")
        connections.close_old(0)
    assert set(states(rows).values()) == {"delivered"}
    assert all(one.is_tls for one in host.received)
    assert not any(
        "s3cret" in attempt.transcript
        for m in OutboundMessage.objects.all()
        for attempt in queue.transcripts(m)
    )


def test_a_gateway_passes_on_to_the_next_hop_with_the_octets_untouched(queued, rows, world):
    from tests.outbound.peers import Mailhost

    with Mailhost() as inside:
        Route.objects.create(domain="inside.example", host="127.0.0.1", port=inside.port, is_gateway=True)
        number = queue.put(
            0, "stranger@example.com", ["bob@inside.example"], blobs.put(RAW), prefix=b"Received: us\r\n"
        )
        relay.relay("inside.example")
        connections.close_old(0)
    assert inside.received[0].body == b"Received: us\r\n" + RAW
    assert OutboundMessage.objects.get(id=number).account_id == 0


# --- turns


@pytest.mark.django_db(transaction=True)
def test_a_slow_destination_takes_one_thread_until_it_has_its_hands_full(queued, world, settings, rows):
    """SECURITY F21: rings for a destination that somebody is at do not take more threads."""
    released = threading.Event()

    def slow(c: Conversation) -> None:
        c.hello()
        released.wait(10)

    def work(done: list[float]) -> None:
        try:
            relay.relay("example.net")
            done.append(time.monotonic())
        finally:
            connection.close()

    with Peer(slow, host="127.0.0.9") as peer:
        settings.MAIL_OUTBOUND_PORT = peer.port
        world.zone |= {"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.9"]}
        queued()
        done: list[float] = []
        first = threading.Thread(target=work, args=(done,))
        first.start()
        while not peer.connections:
            time.sleep(0.01)
        for _ in range(5):
            work(done)  # returns at once
        assert len(done) == 5
        released.set()
        first.join(10)
    assert peer.connections == 1
    assert rows()["bob@example.net"].state == "queued"


@pytest.mark.django_db(transaction=True)
def test_what_the_peer_took_is_written_down_while_the_next_is_on_its_way(queued, world, settings, rows):
    """SECURITY F09: a worker killed now sends the second again, not the first."""
    released = threading.Event()

    def slow_at_the_second(c: Conversation) -> None:
        c.hello()
        for n in range(2):
            while c.hear() != b"DATA":
                c.say("250 ok")
            c.say("354 go on")
            c.hear_body()
            if n:
                released.wait(10)
            c.say("250 taken")

    def work() -> None:
        try:
            relay.relay("example.net")
        finally:
            connection.close()

    with Peer(slow_at_the_second, host="127.0.0.9") as peer:
        settings.MAIL_OUTBOUND_PORT = peer.port
        world.zone |= {"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.9"]}
        queued("first@example.net")
        queued("second@example.net")
        worker = threading.Thread(target=work)
        worker.start()
        try:
            until = time.monotonic() + 5
            while states(rows)["first@example.net"] != "delivered":
                assert time.monotonic() < until
                time.sleep(0.01)
            assert states(rows)["second@example.net"] == "sending"
        finally:
            released.set()
            worker.join(10)
    assert set(states(rows).values()) == {"delivered"}


@pytest.mark.django_db(transaction=True)
def test_whoever_rang_meanwhile_is_not_forgotten(queued, mailhost, rows):
    """A ring that finds somebody at work makes him look once more before he leaves."""
    host = mailhost("example.net")
    queued("a@example.net")
    real = queue.claim
    claims = []

    def claim(domain, limit=queue.BATCH):
        batch = real(domain, limit)
        claims.append(batch)
        if batch is None and len(claims) == 2:  # just before the worker leaves, more comes in and rings
            queued("b@example.net")
            relay.relay("example.net")
        return batch

    queue.claim, restored = claim, queue.claim
    try:
        relay.relay("example.net")
    finally:
        queue.claim = restored
    assert len(host.received) == 2
    assert states(rows) == {"a@example.net": "delivered", "b@example.net": "delivered"}


def test_the_sweep_finds_what_no_bell_rang_for(queued, mailhost, rows, monkeypatch):
    """SECURITY F08: Redis forgets everything, the rows do not."""
    from mailcore import doorbell

    host = mailhost("example.net")
    queued("a@example.net")
    queue.claim("example.net")  # a worker that died
    OutboundRecipient.objects.update(lease_until=time.time() - 1)
    queued("b@other.example")
    rung = []
    monkeypatch.setattr(doorbell, "ring", lambda *ring: rung.append(ring))
    sweep.run()
    assert sorted(rung) == [("outbound.relay", "example.net"), ("outbound.relay", "other.example")]
    relay.relay("example.net")
    assert len(host.received) == 1


def test_notify_success_is_answered_by_us_when_the_peer_cannot(queued, mailhost, rows, alice):
    from mailcore.store import mailboxes

    mailhost("example.net")
    queued(Recipient(mailbox("bob@example.net"), "SUCCESS", "rfc822;bob@example.net"), envid="QQ314")
    relay.relay("example.net")
    relay.relay("example.org")
    inbox = mailboxes.named(alice.pk, "INBOX")
    assert inbox.total == 1
    from mailcore.models import Message

    row = Message.objects.get(account_id=alice.pk)
    report = blobs.read(bytes(row.digest)).decode()
    assert re.search(r"^Action: relayed\r$", report, re.M)
    assert re.search(r"^Original-Envelope-Id: QQ314\r$", report, re.M)


def test_a_worker_that_is_asked_to_end_finishes_the_letter_at_hand_and_gives_the_others_back(
    queued, world, settings, rows, monkeypatch
):
    """SECURITY F19."""
    monkeypatch.setattr(relay, "stopping", threading.Event())
    taken = []

    def asked_to_end_after_the_second(c: Conversation) -> None:
        c.hello()
        while True:
            for answer in ("250 ok", "250 ok", "354 go"):
                if c.hear() in (b"", b"QUIT"):
                    return
                c.say(answer)
            taken.append(c.hear_body())
            if len(taken) == 2:
                relay.stopping.set()
            c.say("250 2.0.0 ok")

    with Peer(asked_to_end_after_the_second, host="127.0.0.9") as peer:
        settings.MAIL_OUTBOUND_PORT = peer.port
        world.zone |= {"example.net MX": ["10 mx.example.net."], "mx.example.net A": ["127.0.0.9"]}
        for n in range(5):
            queued(f"user{n}@example.net")
        relay.relay("example.net")
        assert len(taken) == 2
        assert sorted(states(rows).values()) == ["delivered"] * 2 + ["queued"] * 3
        assert {row.attempts for row in rows().values() if row.state == "queued"} == {0}
        relay.relay("example.net")  # nothing is begun any more
        assert len(taken) == 2
        relay.stopping.clear()
        relay.relay("example.net")
        connections.close_old(0)
    assert len(taken) == 5


def test_relaying_never_takes_all_threads_of_the_worker(settings):
    """SECURITY F21, F30: however many destinations are slow, somebody sweeps and indexes."""
    settings.MAIL_WORKER_THREADS = 10
    turns = relay._Turns()
    assert sum(turns.enter(f"{n}.example", False) for n in range(20)) == 10 - relay.OTHER_THREADS
    turns.give_up("0.example")
    assert turns.enter("99.example", False)
