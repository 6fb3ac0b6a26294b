"""The SMTP client against decent peers, broken peers and enemies. Every one of them is a real socket."""

from __future__ import annotations

import socket
import time

import pytest

from mailcore.outbound import smtp_client, tls_policy
from mailcore.outbound.channel import Target, Timeouts, Unreachable
from mailcore.outbound.content import prepare
from mailcore.outbound.letter import Addressee, Letter
from mailcore.outbound.smtp_client import Credentials
from tests.outbound.peers import Conversation, Mailhost, Peer

SHORT = Timeouts(connect=5, greeting=10, command=10, data=10, block=10, final=10, quit=1)
HASTY = Timeouts(connect=2, greeting=0.5, command=0.5, data=0.5, block=1, final=0.5, quit=0.3)
RAW = b"From: alice@example.org\r\nSubject: Tea\r\n\r\n.At four?\r\n"


def letter(*recipients: str, raw: bytes = RAW, sender: str = "alice@example.org", **more) -> Letter:
    named = recipients or ("bob@example.net",)
    return Letter(
        sender,
        tuple(Addressee(n, address) for n, address in enumerate(named)),
        prepare(lambda: [raw]),
        **more,
    )


def target(peer: Peer, host: str = "localhost") -> Target:
    return Target(host, peer.host, peer.port)


def deliver(
    peer: Peer,
    *letters: Letter,
    policy: tls_policy.Policy = tls_policy.OPPORTUNISTIC,
    timeouts: Timeouts = SHORT,
    credentials=None,
):
    conversation = smtp_client.connect(target(peer), "mx.example.org", policy, credentials, timeouts)
    outcomes = list(conversation.deliver(letters))
    conversation.quit()
    return outcomes


def codes(outcome) -> list[int]:
    return [reply.code for reply in outcome.replies]


@pytest.fixture
def trusted(certificate, monkeypatch) -> None:
    """The peer's certificate is one that this machine trusts."""
    context = tls_policy.context(True, str(certificate))
    monkeypatch.setattr(tls_policy, "context", lambda verifies, authorities="": context)


# --- a decent peer


@pytest.mark.parametrize("extensions", [("PIPELINING", "8BITMIME", "SIZE 1000000"), ()])
def test_a_letter_arrives_as_it_was(extensions):
    with Mailhost(extensions=extensions) as host:
        (outcome,) = deliver(host, letter("bob@example.net", "carol@example.net"))
    assert codes(outcome) == [250, 250]
    (received,) = host.received
    assert (received.sender, received.recipients) == (
        "alice@example.org",
        ["bob@example.net", "carol@example.net"],
    )
    assert received.body == RAW


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_many_letters_over_one_connection(extensions):
    with Mailhost(extensions=extensions) as host:
        outcomes = deliver(host, *(letter(raw=b"Subject: %d\r\n\r\n" % n) for n in range(50)))
    assert [codes(outcome) for outcome in outcomes] == [[250]] * 50
    assert host.connections == 1
    assert [one.body for one in host.received] == [b"Subject: %d\r\n\r\n" % n for n in range(50)]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
def test_each_recipient_has_its_own_fate(extensions):
    refuse = {"no@example.net": "550 5.1.1 No such user", "full@example.net": "452 4.2.2 Mailbox full"}
    with Mailhost(extensions=extensions, refuse=refuse) as host:
        first, second, third = deliver(
            host,
            letter("no@example.net", "bob@example.net", "full@example.net"),
            letter("no@example.net"),
            letter("carol@example.net"),
        )
    assert [codes(one) for one in (first, second, third)] == [[550, 250, 452], [550], [250]]
    assert str(first.replies[0]) == "550 5.1.1 No such user"
    assert len(host.received) == 2


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("step", ["MAIL", "DATA", "."])
def test_a_refusal_at_any_step_is_a_refusal_for_all(step, extensions):
    with Mailhost(extensions=extensions, refuse={step: "554 5.7.1 Not from you"}) as host:
        outcomes = deliver(host, letter("bob@example.net", "carol@example.net"), letter())
    assert [codes(one) for one in outcomes] == [[554, 554], [554]]
    assert host.received == []


def test_the_transcript_leaves_the_body_out():
    with Mailhost() as host:
        (outcome,) = deliver(host, letter())
    said = "\n".join(outcome.transcript)
    assert "S: 220 peer.example ESMTP" in said
    assert "C: EHLO mx.example.org" in said
    assert "C: RCPT TO:<bob@example.net>" in said
    assert f"C: ({len(RAW)} octets of message)" in said
    assert "S: 250 2.0.0 taken as 0" in said
    assert "At four" not in said


def test_a_peer_that_takes_two_letters_a_conversation_leaves_the_rest_unbegun():
    with Mailhost(most_letters=2) as host:
        outcomes = deliver(host, *(letter() for _ in range(5)))
    assert [codes(one) for one in outcomes] == [[250], [250]]


def test_a_big_message_is_streamed():
    raw = b"Subject: big\r\n\r\n" + (b".x" * 400 + b"\r\n") * 5000
    with Mailhost() as host:
        (outcome,) = deliver(host, letter(raw=raw), timeouts=Timeouts())
    assert codes(outcome) == [250]
    assert host.received[0].body == raw


def test_helo_when_ehlo_is_unknown():
    def old(c: Conversation) -> None:
        c.say("220 old")
        assert c.hear().startswith(b"EHLO")
        c.say("502 what?")
        assert c.hear().startswith(b"HELO")
        c.say("250 old")
        for answer in ("250 ok", "250 ok", "354 go"):
            c.hear()
            c.say(answer)
        c.hear_body()
        c.say("250 ok")
        c.hear()

    with Peer(old) as peer:
        (outcome,) = deliver(peer, letter())
    assert codes(outcome) == [250]


# --- what the peer cannot carry


@pytest.mark.parametrize(
    ("extensions", "one", "status"),
    [
        (("SIZE 30",), letter(), "5.3.4"),
        ((), letter(raw="Subject: a\r\n\r\né\r\n".encode()), "5.6.3"),
        (("8BITMIME",), letter("bücher@example.net"), "5.6.7"),
        (("8BITMIME",), letter(raw="To: bücher@x\r\n\r\n".encode(), wants_utf8=True), "5.6.7"),
        (("8BITMIME",), letter("a@b>\r\nRCPT TO:<c@d"), "5.1.3"),
        (("8BITMIME",), letter("a b@example.net"), "5.1.3"),
    ],
)
def test_what_the_peer_cannot_carry_is_refused_and_the_next_letter_goes(extensions, one, status):
    small = letter(raw=b"A: b\r\n\r\n")
    with Mailhost(extensions=extensions) as host:
        first, second, third = deliver(host, small, one, small)
    assert [codes(first), codes(third)] == [[250], [250]]
    assert second.replies[0].is_permanent
    assert second.replies[0].status == status


def test_smtputf8_and_8bitmime_are_said_where_they_are_needed():
    with Mailhost() as host:
        deliver(host, letter("bücher@example.net", raw="Subject: é\r\n\r\né\r\n".encode()))
    mail = next(line for line in host.received[0].commands if line.startswith("MAIL"))
    assert mail.endswith("BODY=8BITMIME SMTPUTF8")


def test_dsn_requests_are_passed_on():
    """RFC 3461 §4, §5."""
    one = Letter(
        "alice@example.org",
        (Addressee(1, "bob@example.net", "SUCCESS,FAILURE", "rfc822;bob@example.org"),),
        prepare(lambda: [RAW]),
        ret="HDRS",
        envid="Q+1=x",
    )
    with Mailhost(extensions=("DSN",)) as host:
        deliver(host, one)
    assert host.received[0].commands[-3:-1] == [
        "MAIL FROM:<alice@example.org> RET=HDRS ENVID=Q+2B1+3Dx",
        "RCPT TO:<bob@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.org",
    ]


# --- TLS


def test_tls_when_offered(server_tls):
    with Mailhost(tls=server_tls) as host:
        deliver(host, letter())
    assert host.received[0].is_tls


def test_no_tls_when_told_never(server_tls):
    with Mailhost(tls=server_tls) as host:
        deliver(host, letter(), policy=tls_policy.NONE)
    assert not host.received[0].is_tls


def test_a_required_lock_must_be_offered():
    with Mailhost() as host, pytest.raises(Unreachable, match="does not offer STARTTLS"):
        deliver(host, letter(), policy=tls_policy.REQUIRED)


def test_a_required_lock_must_be_the_right_one(server_tls):
    with Mailhost(tls=server_tls) as host, pytest.raises(Unreachable, match="self-signed"):
        deliver(host, letter(), policy=tls_policy.REQUIRED)
    assert host.connections == 1  # and is not tried again without


@pytest.mark.usefixtures("trusted")
def test_a_required_lock_that_is_right_opens(server_tls):
    with Mailhost(tls=server_tls) as host:
        deliver(host, letter(), policy=tls_policy.REQUIRED)
        with pytest.raises(Unreachable, match="TLS failed"):
            smtp_client.connect(target(host, "other.example"), "mx", tls_policy.REQUIRED, None, SHORT)
    assert host.received[0].is_tls


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_first_octet(server_tls):
    def implicit(c: Conversation) -> None:
        c.start_tls(server_tls)
        c.hello()
        c.hear()
        c.say("421 enough")

    with Peer(implicit) as peer:
        conversation = smtp_client.connect(target(peer), "mx.example.org", tls_policy.IMPLICIT, None, SHORT)
        assert conversation.tls.startswith("TLSv1")
        conversation.close()


def broken_handshake(c: Conversation) -> None:
    c.hello("STARTTLS")
    if c.hear() == b"STARTTLS":
        c.say("220 go")
        c.sock.sendall(b"this is no TLS at all\r\n" * 10)
        return
    c.say("250 ok")
    c.hear()
    c.say("250 ok")
    c.hear()
    c.say("354 go")
    c.hear_body()
    c.say("250 taken in the clear")


def test_broken_tls_falls_back_to_the_clear():
    """RFC 7435 §3: opportunistic security does not stand in the way of mail."""
    with Peer(broken_handshake) as peer:
        (outcome,) = deliver(peer, letter())
    assert codes(outcome) == [250]
    assert peer.connections == 2
    assert "once more without" in "\n".join(outcome.transcript)


def test_broken_tls_with_a_password_does_not():
    with Peer(broken_handshake) as peer, pytest.raises(Unreachable, match="TLS failed"):
        deliver(peer, letter(), credentials=Credentials("relay", "secret"))
    assert peer.connections == 1


def test_words_slipped_in_before_tls_are_thrown_away(server_tls):
    """SECURITY E18: the injected EHLO answer must not be taken for the peer's."""

    def injected(c: Conversation) -> None:
        c.hello("STARTTLS")
        c.hear()
        c.say(b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
        c.start_tls(server_tls)
        assert c.hear().startswith(b"EHLO")
        c.say("250-peer.example", "250 8BITMIME")
        for answer in ("250 ok", "250 ok", "354 go"):
            c.hear()
            c.say(answer)
        c.hear_body()
        c.say("250 2.0.0 taken")
        c.hear()

    with Peer(injected) as peer:
        conversation = smtp_client.connect(target(peer), "mx.example.org", timeouts=SHORT)
        assert conversation.extensions == {"8BITMIME": ""}
        (outcome,) = conversation.deliver([letter()])
        conversation.close()
    assert str(outcome.replies[0]) == "250 2.0.0 taken"
    assert not peer.errors


# --- smart hosts


def test_a_password_is_shown_only_under_tls(server_tls):
    with Mailhost(tls=server_tls, users={"relay": "s3cret"}) as host:
        (outcome,) = deliver(host, letter(), credentials=Credentials("relay", "s3cret"))
    assert host.received[0].is_tls
    assert "s3cret" not in str(outcome.transcript)
    assert "C: AUTH (secret)" in outcome.transcript


def test_a_wrong_password_is_ours_to_mend_so_mail_waits(server_tls):
    with Mailhost(tls=server_tls, users={"relay": "s3cret"}) as host, pytest.raises(Unreachable) as caught:
        deliver(host, letter(), credentials=Credentials("relay", "wrong"))
    assert caught.value.reply.is_transient
    assert "435 4.7.8" in str(caught.value.reply)


def test_auth_login_when_plain_is_not_offered():
    def login(c: Conversation) -> None:
        c.hello("AUTH=LOGIN")
        assert c.hear() == b"AUTH LOGIN"
        c.say("334 VXNlcm5hbWU6")
        assert c.hear() == b"cmVsYXk="
        c.say("334 UGFzc3dvcmQ6")
        assert c.hear() == b"czNjcmV0"
        c.say("235 ok")
        c.hear()

    with Peer(login) as peer:
        smtp_client.connect(target(peer), "mx", tls_policy.NONE, Credentials("relay", "s3cret"), SHORT).quit()
    assert not peer.errors


# --- peers that fail


def refusing(*answers: str):
    def script(c: Conversation) -> None:
        for answer in answers:
            c.say(answer)
            c.hear()

    return script


@pytest.mark.parametrize(
    "script",
    [
        lambda c: None,  # hangs up at once
        lambda c: time.sleep(2),  # says nothing
        lambda c: c.say("554 5.7.1 go away"),
        lambda c: c.say("421 4.3.2 too busy"),
        lambda c: c.say("HTTP/1.1 400 Bad Request"),
        lambda c: c.say(b"\x16\x03\x01\x00\x05garbage\r\n"),
        lambda c: c.say(b"220-" + b"x" * 5_000_000),  # SECURITY F22
        lambda c: c.say(*["220-more"] * 100_000),
        lambda c: c.say("220-a", "250 b"),
        lambda c: c.say("999 ok"),
        lambda c: c.say("22"),
        lambda c: c.sock.sendall(b"220 " + b"x" * 100),  # no line end ever
        refusing("220 hello"),  # hangs up after EHLO
        refusing("220 hello", "421 4.3.2 no"),
        refusing("220 hello", "500 what?", "500 what?"),
    ],
    ids=lambda script: "",
)
def test_no_conversation_is_a_reason_to_wait(script):
    began = time.monotonic()
    with Peer(script) as peer, pytest.raises(Unreachable) as caught:
        deliver(peer, letter(), timeouts=HASTY)
    assert caught.value.reply.is_transient
    assert str(caught.value.reply).isprintable()
    assert len(str(caught.value.reply)) < 600
    assert time.monotonic() - began < 10


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        smtp_client.connect(Target("gone.example", "127.0.0.1", port), "mx", timeouts=SHORT)


def closes_after(heard: int):
    """A peer that says yes to everything and hangs up after so many of our lines (7 is behind the body)."""

    def script(c: Conversation) -> None:
        c.hello("PIPELINING")
        for n, answer in enumerate(("250 ok", "250 ok", "354 go")):
            if n >= heard:
                return
            c.hear()
            c.say(answer)
        if heard == 3:
            return
        c.hear_body()

    return script


@pytest.mark.parametrize("heard", [0, 1, 2, 3, 4])
def test_a_peer_that_hangs_up_at_any_step_gets_it_again_later(heard):
    with Peer(closes_after(heard)) as peer:
        (outcome,) = deliver(peer, letter())
    assert outcome.replies[0].is_transient
    assert outcome.replies[0].is_ours


@pytest.mark.parametrize(
    "lie",
    [
        b"junk\r\n",
        b"250-" + b"x" * 4000 + b"\r\n",
        b"250-more\r\n" * 100_000,
        b"250\0ok\r\n",
        b"",  # silence
    ],
    ids=["junk", "long line", "endless", "nul", "silence"],
)
@pytest.mark.parametrize("step", ["mail", "final"])
def test_nonsense_in_the_middle_is_a_reason_to_wait(lie, step):
    def script(c: Conversation) -> None:
        c.hello()
        c.hear()
        if step == "mail":
            c.say(lie) if lie else time.sleep(1)
            return
        c.say("250 ok")
        c.hear()
        c.say("250 ok")
        c.hear()
        c.say("354 go")
        c.hear_body()
        c.say(lie) if lie else time.sleep(1)

    with Peer(script) as peer:
        (outcome,) = deliver(peer, letter(), timeouts=HASTY)
    assert outcome.replies[0].is_transient


def test_a_peer_that_drips_gains_no_time():
    """The deadline is for the reply, not for each octet of it."""

    def drip(c: Conversation) -> None:
        c.hello()
        c.hear()
        for octet in b"250 very slowly indeed, one octet at a time\r\n":
            c.sock.sendall(bytes([octet]))
            time.sleep(0.1)

    began = time.monotonic()
    with Peer(drip) as peer:
        (outcome,) = deliver(peer, letter(), timeouts=HASTY)
    assert outcome.replies[0].is_transient
    assert time.monotonic() - began < 4  # the whole reply would take 4.5


def test_control_characters_of_a_stranger_go_nowhere():
    """SECURITY F22, F28."""

    def rude(c: Conversation) -> None:
        c.hello()
        c.hear()
        c.say(b"550 5.7.1 \x1b[31mred\x07\tX-Evil: yes\xe2\x80\xae\xff end\r\n")

    with Peer(rude) as peer:
        (outcome,) = deliver(peer, letter())
    text = str(outcome.replies[0])
    assert outcome.replies[0].is_permanent
    assert text.isprintable()
    assert "\x1b" not in "".join(outcome.transcript)


def test_354_although_nobody_was_accepted():
    """RFC 2920 §3.1: the client must then send a lone dot."""

    def odd(c: Conversation) -> None:
        c.hello("PIPELINING")
        c.hear(), c.hear(), c.hear()
        c.say("250 ok", "550 5.1.1 no such user", "354 go ahead anyway")
        assert c.hear_body() == b""
        c.say("554 no valid recipients")
        assert c.hear() == b"RSET"
        c.say("250 ok")
        c.hear()

    with Peer(odd) as peer:
        (outcome,) = deliver(peer, letter())
    assert codes(outcome) == [550]
    assert not peer.errors


def test_250_to_data_is_not_an_acceptance():
    def odd(c: Conversation) -> None:
        c.hello()
        for _ in range(3):
            c.hear()
            c.say("250 sure")

    with Peer(odd) as peer:
        (outcome,) = deliver(peer, letter())
    assert outcome.replies[0].is_transient


def test_a_peer_that_refuses_in_the_middle_of_a_body_is_heard():
    def fed_up(c: Conversation) -> None:
        c.hello("PIPELINING")
        c.hear(), c.hear(), c.hear()
        c.say("250 ok", "250 ok", "354 go")
        c.sock.recv(1000)
        c.say("552 5.3.4 that is too much")
        c.sock.shutdown(socket.SHUT_WR)
        time.sleep(0.2)

    raw = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 300_000
    with Peer(fed_up) as peer:
        (outcome,) = deliver(peer, letter(raw=raw))
    assert codes(outcome) in ([552], [421])  # 421 where the reset overtook the reply


def test_an_idle_conversation_is_taken_up_again_only_if_it_is_quiet(server_tls):
    with Mailhost(tls=server_tls) as host:
        conversation = smtp_client.connect(target(host), "mx.example.org", timeouts=SHORT)
        list(conversation.deliver([letter()]))
        assert conversation.is_quiet()
        list(conversation.deliver([letter()]))
        assert len(host.received) == 2
    time.sleep(0.05)
    assert not conversation.is_quiet()
    conversation.close()
