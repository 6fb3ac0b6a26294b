"""Lines, byte-stuffing and TOP, wherever the octets are cut: RFC 1939 §3."""

from __future__ import annotations

import pytest

from mailcore.pop3 import wire
from mailcore.pop3.wire import Command, Malformed


@pytest.mark.parametrize(
    "line, command",
    [
        (b"retr 1", Command("RETR", "1")),
        (b"PASS  with  spaces ", Command("PASS", " with  spaces ")),
        (b"NOOP", Command("NOOP", "")),
        (b"", Command("", "")),
        ("USER jörg".encode(), Command("USER", "jörg")),
    ],
)
def test_commands(line, command):
    assert wire.command(line) == command


@pytest.mark.parametrize("line", [b"NOOP\r", b"NO\nOP", b"NOOP \0", b"NOOP \xff"])
def test_what_is_no_command(line):
    with pytest.raises(Malformed):
        wire.command(line)


STUFFED = [
    (b"", b".\r\n"),
    (b".", b"..\r\n.\r\n"),
    (b"a\r\n", b"a\r\n.\r\n"),
    (b"a", b"a\r\n.\r\n"),
    (b".\r\n.\r\n..\r\n", b"..\r\n..\r\n...\r\n.\r\n"),
    (b"a\n.\nb\r\n", b"a\n..\nb\r\n.\r\n"),
    (b"a\n", b"a\n\r\n.\r\n"),
    (b"a\r", b"a\r\r\n.\r\n"),
]


@pytest.mark.parametrize("body, stuffed", STUFFED, ids=repr)
def test_stuffing(body, stuffed):
    for first in range(len(body) + 1):
        for second in range(first, len(body) + 1):
            stuffer = wire.Stuffer()
            pieces = [
                stuffer.stuff(body[:first]),
                stuffer.stuff(body[first:second]),
                stuffer.stuff(body[second:]),
            ]
            assert b"".join(pieces) + stuffer.end() == stuffed


@pytest.mark.parametrize(
    "message, count, top",
    [
        (b"A: b\r\n\r\nx\r\ny\r\n", 0, b"A: b\r\n\r\n"),
        (b"A: b\r\n\r\nx\r\ny\r\n", 1, b"A: b\r\n\r\nx\r\n"),
        (b"A: b\r\n\r\nx\r\ny", 2, b"A: b\r\n\r\nx\r\ny"),
        (b"\r\nx\r\ny\r\n", 1, b"\r\nx\r\n"),
        (b"A: b\n\nx\ny\n", 1, b"A: b\n\nx\n"),
        (b"A: b\r\nC: d\r\n", 5, b"A: b\r\nC: d\r\n"),
        (b"", 5, b""),
    ],
)
def test_top(message, count, top):
    for first in range(len(message) + 1):
        for second in range(first, len(message) + 1):
            gate = wire.Top(count)
            pieces = (message[:first], message[first:second], message[second:])
            assert b"".join(gate.take(piece) for piece in pieces) == top


def test_answers_cannot_be_forged():
    assert wire.err("a\r\n+OK forged", "AUTH") == b"-ERR [AUTH] a??+OK forged\r\n"
    assert wire.ok() == b"+OK\r\n"
