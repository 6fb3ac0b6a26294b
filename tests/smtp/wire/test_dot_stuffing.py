"""RFC 5321 §4.5.2, at every place where the network may cut."""

from __future__ import annotations

import pytest

from mailcore.smtp.wire.dot_stuffing import Unstuffer, stuff

BODIES = [
    # on the wire, what it means
    (b".\r\n", b""),
    (b"\r\n.\r\n", b"\r\n"),
    (b"a\r\n.\r\n", b"a\r\n"),
    (b"..\r\n.\r\n", b".\r\n"),
    (b".a\r\n.\r\n", b"a\r\n"),
    (b"a\r\n..b\r\n...\r\n.\r\n", b"a\r\n.b\r\n..\r\n"),
    (b"a.\r\nb\r\n.\r\n", b"a.\r\nb\r\n"),
    (b"\r\n\r\n..\r\n\r\n.\r\n", b"\r\n\r\n.\r\n\r\n"),
    (b"a\r\n.\rb\r\n.\r\n", b"a\r\n\rb\r\n"),
]


@pytest.mark.parametrize("wire, body", BODIES, ids=repr)
def test_unstuffing_wherever_the_network_cuts(wire, body):
    for first in range(len(wire) + 1):
        for second in range(first, len(wire) + 1):
            unstuffer = Unstuffer()
            out = b""
            for piece in (wire[:first], wire[first:second], wire[second:] + b"QUIT\r\n"):
                if not unstuffer.finished:
                    out += unstuffer.feed(piece)
            assert (out, unstuffer.finished) == (body, True)


def test_what_follows_the_end_is_not_ours():
    unstuffer = Unstuffer()
    assert unstuffer.feed(b"a\r\n.\r\nMAIL\r\n.\r\n") == b"a\r\n"
    assert unstuffer.rest == b"MAIL\r\n.\r\n"


@pytest.mark.parametrize(
    "wire", [b"a\nb", b"a\rb", b"a\n\r\n", b"\ra", b"\n", b"a\r\r\n", b"\n.\r\n"], ids=repr
)
def test_bare_line_ends_are_noticed_wherever_the_network_cuts(wire):
    whole = wire + b"\r\n.\r\n"
    for cut in range(len(whole) + 1):
        unstuffer = Unstuffer()
        for piece in (whole[:cut], whole[cut:]):
            if not unstuffer.finished:
                unstuffer.feed(piece)
        assert unstuffer.bare, cut


def test_strict_lines_are_not_suspected():
    unstuffer = Unstuffer()
    unstuffer.feed(b"a\r\n\r\n.b\r\n.\r\n")
    assert unstuffer.finished and not unstuffer.bare


@pytest.mark.parametrize(
    "body, wire",
    [(b"", b".\r\n"), (b".", b"..\r\n.\r\n"), (b"a", b"a\r\n.\r\n"), (b"a\r\n.b\r\n", b"a\r\n..b\r\n.\r\n")],
)
def test_stuffing(body, wire):
    assert stuff(body) == wire
