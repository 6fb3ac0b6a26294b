"""CHUNKING: RFC 3030, and SECURITY A03."""

from __future__ import annotations

import pytest

from mailcore.models import Blob
from tests.smtp.conftest import mail_of


@pytest.fixture
def begun(mx, bob):
    mx.says(b"EHLO c.example\r\n")
    mx.says(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<bob@example.org>\r\n")
    return mx


def test_chunks_become_one_message(begun, bob):
    assert begun.says(b"BDAT 9\r\nSubject: ") == b"250 2.0.0 9 octets received\r\n"
    assert begun.says(b"BDAT 5\r\nx\r\n\r\n").startswith(b"250")
    assert begun.says(b"BDAT 6 LAST\r\nbody\r\n").startswith(b"250 2.0.0 Ok: ")
    assert mail_of(bob)[0].endswith(b"Subject: x\r\n\r\nbody\r\n")


def test_chunks_may_be_pipelined_and_the_last_may_be_empty(begun, bob):
    heard = begun.says(b"BDAT 14\r\nSubject: x\r\n\r\nBDAT 0 last\r\nNOOP\r\n")
    assert [line[:3] for line in heard.splitlines()] == [b"250", b"250", b"250"]
    assert len(mail_of(bob)) == 1


def test_the_length_decides_whatever_the_octets_look_like(begun, bob):
    body = b"Subject: x\r\n\r\n.\r\nQUIT\r\n..\r\nMAIL FROM:<evil@b.example>\r\n"
    heard = begun.says(b"BDAT %d LAST\r\n" % len(body) + body + b"NOOP\r\n")
    assert [line[:3] for line in heard.splitlines()] == [b"250", b"250"]
    assert mail_of(bob)[0].endswith(body)


@pytest.mark.parametrize(
    "argument", [b"", b"-1", b"1.5", b"x", b"99999999999999999999999", b"5 FIRST", b"5 LAST LAST", b"0x10"]
)
def test_without_a_length_there_is_no_way_to_go_on(begun, bob, argument):
    heard = begun.says(b"BDAT " + argument + b"\r\nSubject: x\r\nNOOP\r\n")
    assert heard.startswith(b"501") and heard.count(b"\r\n") == 1
    assert begun.wire().closed


def test_ten_to_the_twenty_octets(begun):
    assert begun.says(b"BDAT 10000000000000000000 LAST\r\n").startswith(b"552")
    assert begun.wire().closed


def test_a_refused_chunk_is_read_to_its_end_and_never_run(mx, bob):
    mx.says(b"EHLO c.example\r\n")
    heard = mx.says(b"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
    assert [line[:3] for line in heard.splitlines()] == [b"503", b"250"]


def test_over_the_limit_the_message_is_refused_and_the_session_in_step(begun, bob):
    assert begun.says(b"BDAT 60000\r\n" + b"x" * 60_000).startswith(b"250")
    assert begun.says(b"BDAT 60000\r\n" + b"x" * 60_000).startswith(b"552")
    assert begun.says(b"BDAT 1 LAST\r\nx").startswith(b"503")
    assert begun.says(b"NOOP\r\n").startswith(b"250")
    assert mail_of(bob) == [] and not Blob.objects.exists()


def test_data_may_not_follow_a_chunk(begun):
    begun.says(b"BDAT 5\r\nhello")
    assert begun.says(b"DATA\r\n").startswith(b"503")
    assert begun.says(b"RCPT TO:<bob@example.org>\r\n").startswith(b"503")
    assert begun.says(b"RSET\r\n").startswith(b"250")


@pytest.mark.parametrize("chunks", [[b"a\nb"], [b"a\r", b"b"], [b"a\r", b"\r\n"], [b"a\n"], [b"a\r"]])
def test_bare_line_ends_are_refused_here_too(begun, bob, chunks):
    for chunk in chunks[:-1]:
        begun.says(b"BDAT %d\r\n" % len(chunk) + chunk)
    assert begun.says(b"BDAT %d LAST\r\n" % len(chunks[-1]) + chunks[-1]).startswith(b"550 5.6.0")
    assert mail_of(bob) == []


def test_a_line_end_may_be_cut_by_a_chunk(begun, bob):
    begun.says(b"BDAT 11\r\nSubject: x\r")
    assert begun.says(b"BDAT 3 LAST\r\n\n\r\n").startswith(b"250")


def test_a_vanished_client_leaves_no_chunks(begun, bob):
    begun.says(b"BDAT 5\r\nhello")
    begun.session.reset()  # what the listener does at the end
    assert begun.session.transaction is None
