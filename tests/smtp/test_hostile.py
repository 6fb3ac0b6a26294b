"""What strangers try on port 25: SECURITY A01-A18, A24-A29."""

from __future__ import annotations

import pytest

from mailcore.models import Blob
from mailcore.smtp.session import MAX_ERRORS, MAX_JUNK
from tests.smtp.conftest import mail_of

ENVELOPE = b"EHLO c.example\r\n", b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<bob@example.org>\r\n"
SMUGGLED = b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nboo\r\n.\r\n"

FALSE_ENDS = [
    b"\n.\n",
    b"\r.\r",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\r\n.\r\r\n",
    b"\r\n\x00.\r\n",
    b"\r\n.\x00\r\n",
    b"\n\n.\r\n",
    b"\r\r\n.\n",
    b"\n\r.\r\n",
    b"\r\n \r\n. \r\n",
    b"\xc2\x85.\xc2\x85",
    b"\xe2\x80\xa8.\xe2\x80\xa8",
    b"\x0b.\x0b",
    b"\x0c.\x0c",
]


def begin(stage) -> None:
    for line in ENVELOPE:
        stage.says(line)
    assert stage.says(b"DATA\r\n").startswith(b"354")


@pytest.mark.parametrize("end", FALSE_ENDS, ids=repr)
def test_no_second_message_hides_behind_a_false_end(mx, bob, end):
    """SECURITY A01: refused, or one message; never two."""
    begin(mx)
    heard = mx.says(b"Subject: first\r\n\r\nbody" + end + SMUGGLED)
    messages = mail_of(bob)
    assert len(messages) <= 1
    assert heard[:3] == (b"250" if messages else b"550")
    bare = end.replace(b"\r\n", b"")
    assert (b"\r" in bare or b"\n" in bare) == (messages == [])


@pytest.mark.parametrize(
    "line", [b"NOOP\nMAIL FROM:<a@b.example>\r\n", b"NOOP\rRSET\r\n", b"NOOP\n", b"NO\rOP\n"]
)
def test_a_bare_line_end_is_never_the_end_of_a_command(mx, line):
    """SECURITY A13."""
    mx.says(ENVELOPE[0])
    heard = mx.says(line + b"NOOP\r\n")
    assert heard.startswith(b"521 5.5.2") and heard.count(b"\r\n") == 1
    assert mx.wire().closed


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\nHost: mx\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\nMAIL FROM:<a@b.example>\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00\x01\x02\x03",
        b"\xff\xfe\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\nSSH\r\n\r\n:x\r\n",
    ],
)
def test_other_protocols_are_cut_off(mx, bob, first):
    """SECURITY A10."""
    mx.wire().outbox.clear()
    mx.says(first)
    if not first.startswith(b"SSH"):
        assert mx.wire().closed
    assert mx.session.transaction is None


def test_the_body_of_a_refused_data_never_runs_as_commands(mx, bob):
    """SECURITY A08: sent at once, or in the next segment."""
    mx.says(ENVELOPE[0])
    heard = mx.says(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<nobody@example.org>\r\nDATA\r\n" + SMUGGLED)
    assert [line[:3] for line in heard.splitlines()] == [b"250", b"550", b"554"]
    assert mx.wire().closed
    assert mail_of(bob) == []


def test_nor_when_it_comes_after_the_refusal(mx, bob):
    mx.says(ENVELOPE[0])
    mx.says(b"DATA\r\n")
    heard = mx.says(b"Subject: hello\r\n" + SMUGGLED)
    assert heard.startswith(b"554") and mx.wire().closed
    assert mail_of(bob) == []


def test_a_client_may_go_on_after_a_refused_data(mx, bob):
    mx.says(ENVELOPE[0])
    mx.says(b"DATA\r\n")
    assert mx.says(b"RSET\r\n").startswith(b"250")


def test_a_script_that_does_not_wait_for_the_greeting_is_cut_off(mx, bob):
    """RFC 2920 §3.1: nobody knows yet that we pipeline."""
    mx.wire().outbox.clear()
    assert mx.says(b"".join(ENVELOPE)).startswith(b"554 5.5.0")
    assert mx.wire().closed


def test_pipelined_commands_are_answered_in_order(mx, bob):
    mx.says(ENVELOPE[0])
    heard = mx.says(b"RSET\r\n" + b"".join(ENVELOPE[1:]) + b"NOOP\r\nDATA\r\n")
    assert [line[:3] for line in heard.splitlines()] == [b"250", b"250", b"250", b"250", b"354"]
    assert mx.says(b"Subject: x\r\n\r\n.\r\nQUIT\r\n").split()[0::1].count(b"2.0.0") == 2
    assert len(mail_of(bob)) == 1


def test_commands_in_the_segment_of_starttls_are_thrown_away(mx, bob):
    """SECURITY A04."""
    mx.says(ENVELOPE[0])
    heard = mx.says(b"STARTTLS\r\n" + b"".join(ENVELOPE))
    assert heard == b"220 2.0.0 Begin TLS\r\n"
    assert mx.wire().upgrades == 1
    assert mx.session.helo == ""


def test_starttls_forgets_everything_said_before(mx, bob):
    """SECURITY A05."""
    mx.says(ENVELOPE[0])
    mx.says(b"".join(ENVELOPE[1:]))
    mx.says(b"STARTTLS\r\n")
    assert mx.says(b"DATA\r\n").startswith(b"503")
    assert mx.says(b"MAIL FROM:<a@b.example>\r\n").startswith(b"503")
    heard = mx.says(ENVELOPE[0])
    assert b"STARTTLS" not in heard
    assert mx.says(b"STARTTLS\r\n").startswith(b"503")


@pytest.mark.parametrize("size", [513, 2048, 2049, 12_288, 12_289, 65_536])
def test_long_commands(mx, size):
    """SECURITY A11: refused, and the next command is understood."""
    mx.says(ENVELOPE[0])
    heard = mx.says(b"NOOP " + b"x" * (size - 7) + b"\r\nNOOP\r\n")
    assert heard.splitlines()[0][:3] == (b"250" if size <= 2050 else b"500")
    assert heard.splitlines()[1][:3] == b"250"


def test_a_command_without_an_end_is_cut_off_and_not_kept(mx):
    mx.says(ENVELOPE[0])
    heard = b""
    for _ in range(400):
        heard += mx.says(b"x" * 50_000)
        assert len(mx.wire().inbox) <= 65_536
        if mx.wire().closed:
            break
    assert heard.startswith(b"500 5.5.6") and mx.wire().closed


@pytest.mark.parametrize("command", [b"FNORD\r\n", b"RCPT TO:<x>\r\n", b"DATA\r\n"])
def test_endless_errors_are_cut_off(mx, command):
    """SECURITY A12."""
    mx.says(ENVELOPE[0])
    count = 0
    while not mx.wire().closed:
        mx.says(command)
        count += 1
        assert count <= MAX_ERRORS
    assert count in (2, MAX_ERRORS)


@pytest.mark.parametrize(
    "command", [b"NOOP\r\n", b"RSET\r\n", b"EHLO c.example\r\n", b"VRFY x\r\n", b"HELP\r\n"]
)
def test_endless_talk_is_cut_off(mx, command):
    mx.says(ENVELOPE[0])
    for _ in range(MAX_JUNK):
        heard = mx.says(command)
    assert heard.startswith(b"421") and mx.wire().closed


def test_unknown_recipients_are_cut_off(mx, bob):
    """SECURITY A17."""
    mx.says(ENVELOPE[0])
    mx.says(ENVELOPE[1])
    heard = mx.says(b"".join(b"RCPT TO:<u%d@example.org>\r\n" % number for number in range(200)))
    assert heard.count(b"550 5.1.1") == MAX_ERRORS
    assert heard.splitlines()[-1].startswith(b"421")


def test_nul_and_eight_bits_in_content_are_kept(mx, bob):
    """SECURITY A14."""
    begin(mx)
    assert mx.says(b"Subject: x\r\n\r\nbefore\x00after \xff\xfe\r\n.\r\n").startswith(b"250")
    assert mail_of(bob)[0].endswith(b"before\x00after \xff\xfe\r\n")


def test_a_line_of_two_megabytes_loses_nothing(mx, bob):
    """SECURITY A15 (scaled to this session's limit)."""
    begin(mx)
    line = b"x" * 90_000
    assert mx.says(b"Subject: x\r\n\r\n" + line + b"\r\n.\r\n").startswith(b"250")
    assert mail_of(bob)[0].endswith(b"\r\n\r\n" + line + b"\r\n")


def test_too_big_a_message_is_refused_and_the_session_lives_on(mx, bob):
    """SECURITY A16."""
    begin(mx)
    assert mx.says(b"x" * 100_001 + b"\r\n.\r\n").startswith(b"552 5.3.4")
    begin(mx)
    assert mx.says(b"Subject: small\r\n\r\n.\r\n").startswith(b"250")
    assert len(mail_of(bob)) == 1


def test_exactly_the_limit_is_taken(mx, bob):
    begin(mx)
    assert mx.says(b"x" * 99_998 + b"\r\n.\r\n").startswith(b"250")


def test_a_message_that_has_been_round_too_often(mx, bob):
    """SECURITY A26: 100 is a loop, 30 is not."""
    begin(mx)
    assert mx.says(b"Received: x\r\n" * 100 + b"\r\n.\r\n").startswith(b"554 5.4.6")
    begin(mx)
    assert mx.says(b"Received: x\r\n" * 30 + b"\r\n.\r\n").startswith(b"250")


def test_a_message_that_has_been_delivered_here_before(mx, bob):
    begin(mx)
    assert mx.says(b"Delivered-To: <bob@example.org>\r\n\r\n.\r\n").startswith(b"554 5.4.6")
    begin(mx)
    assert mx.says(b"Delivered-To: alice@example.org\r\n\r\n.\r\n").startswith(b"250")


def test_forged_trace_fields_are_taken_out(mx, bob):
    """SECURITY A27."""
    begin(mx)
    mx.says(
        b"Return-Path: <boss@example.org>\r\n"
        b"Authentication-Results: mx.example.org;\r\n dkim=pass header.d=bank.example\r\n"
        b"Authentication-Results: mx.elsewhere.example; spf=pass\r\n"
        b"X-Spam-Status: No\r\n"
        b"X-SPAM-Flag: NO\r\n"
        b"Subject: x\r\n\r\nX-Spam-Status: in the body\r\n.\r\n"
    )
    [raw] = mail_of(bob)
    assert raw.count(b"Return-Path:") == 1 and raw.startswith(b"Return-Path: <a@b.example>")
    assert b"bank.example" not in raw and b"mx.elsewhere.example; spf=pass" in raw
    assert raw.lower().count(b"x-spam-") == 1 and raw.endswith(b"X-Spam-Status: in the body\r\n")


@pytest.mark.parametrize("name", [b"<b>", b"a\tb", b"a b", b"a(b)", b"a;b", b'"a"', b"x" * 300, b"[<x>]"])
def test_a_greeting_cannot_write_header_fields(mx, name):
    """SECURITY A28."""
    assert mx.says(b"EHLO " + name + b"\r\n").splitlines()[-1].startswith(b"501")


@pytest.mark.parametrize(
    "name", [b"a_b.example", b"[192.0.2.1]", b"[IPv6:2001:db8::1]", b"localhost", b"B\xc3\xbccher.example"]
)
def test_real_greetings_are_understood(mx, name):
    assert mx.says(b"EHLO " + name + b"\r\n").splitlines()[-1].startswith(b"250")


def test_a_client_that_vanishes_in_its_message_leaves_nothing(mx, bob):
    """SECURITY A29."""
    begin(mx)
    mx.wire().send(b"Subject: half\r\n\r\nof a")
    mx.wire().hang_up()
    assert mail_of(bob) == [] and not Blob.objects.exists()


def test_vrfy_and_expn_tell_nothing(mx, bob):
    """SECURITY A25."""
    mx.says(ENVELOPE[0])
    assert mx.says(b"VRFY bob@example.org\r\n") == mx.says(b"VRFY nobody@example.org\r\n")
    assert mx.says(b"EXPN bob\r\n") == mx.says(b"EXPN staff\r\n")
