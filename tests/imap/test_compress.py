"""COMPRESS=DEFLATE over real sockets. RFC 4978."""

from __future__ import annotations

import contextlib
import zlib

import pytest

from mailcore.listener import imap
from mailcore.listener.connection import INPUT_HIGH
from tests.builders import mailbox_of
from tests.listener.lab import Client, Lab, listening

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_url")]


class Compressed:
    """A client after its COMPRESS."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.inflater = zlib.decompressobj(-15)
        self.said = b""

    def send(self, data: bytes) -> None:
        self.client.send(self.deflater.compress(data) + self.deflater.flush(zlib.Z_SYNC_FLUSH))

    def until(self, words: bytes) -> bytes:
        """What the server says up to the line with these words."""
        while words not in self.said:
            data = self.client.socket.recv(65536)
            assert data, self.said[-500:]
            self.said += self.inflater.decompress(data)
        before, found, rest = self.said.partition(words)
        line, _end, self.said = rest.partition(b"\r\n")
        return before + found + line


@pytest.fixture
def lab(alice, tmp_path):
    with listening(imap.serve, tmp_path, role="imap") as opened:
        yield opened


def compressed(lab: Lab) -> Compressed:
    client = lab.connect(tls=True)
    assert b"COMPRESS" not in client.line()
    client.send(b"a LOGIN alice@example.org wonderland\r\n")
    assert b" COMPRESS=DEFLATE" in client.line()
    client.send(b"b COMPRESS DEFLATE\r\n")
    assert client.line() == b"b OK Compressing from here on"
    return Compressed(client)


def test_everything_after_the_ok_is_compressed_both_ways(lab, alice):
    mailbox_of(alice, 3)
    client = compressed(lab)
    client.send(b"c CAPABILITY\r\nd SELECT INBOX\r\ne COMPRESS DEFLATE\r\n")
    assert b"COMPRESS" not in client.until(b"c OK")
    assert b"* 3 EXISTS" in client.until(b"d OK")
    assert b"[COMPRESSIONACTIVE]" in client.until(b"e NO")
    client.send(b"f FETCH 1:* (FLAGS ENVELOPE BODY.PEEK[])\r\n")
    assert client.until(b"f OK").count(b" FETCH (") == 3
    client.send(b"g IDLE\r\n")
    client.until(b"+ idling")
    client.send(b"DONE\r\nh LOGOUT\r\n")
    client.until(b"h OK")


def test_commands_may_come_octet_by_octet(lab):
    client = compressed(lab)
    octets = client.deflater.compress(b"c NOOP\r\nd NOOP\r\n") + client.deflater.flush(zlib.Z_SYNC_FLUSH)
    for at in range(len(octets)):
        client.client.send(octets[at : at + 1])
    client.until(b"d OK")


def test_a_small_message_that_inflates_to_a_large_one_is_held_in_pieces(lab, alice):
    """A megabyte of literal arrives in a thousand octets, and nothing behind it is lost."""
    size = 4 * INPUT_HIGH
    client = compressed(lab)
    client.send(b"c APPEND INBOX {%d+}\r\na: b\r\n\r\n%s\r\nd NOOP\r\n" % (size, b"x" * (size - 8)))
    client.until(b"c OK [APPENDUID")
    client.until(b"d OK")


def test_an_endless_line_ends_the_session_compressed_or_not(lab):
    client = compressed(lab)
    client.send(b"c " + b"x" * 100_000 + b"\r\n")
    client.until(b"* BYE")
    client = compressed(lab)
    with contextlib.suppress(OSError):  # hung up on, in the middle of it
        client.send(b"c " + b"x" * (64 * INPUT_HIGH))
        while client.client.socket.recv(65536):
            pass
    assert lab.connect(tls=True).line().startswith(b"* OK")


def test_garbage_ends_the_session(lab):
    client = compressed(lab)
    client.client.send(b"\xff\xff\xff\xff not deflated at all\r\n")
    assert client.client.rest() == b""
    assert lab.connect(tls=True).line().startswith(b"* OK")


def test_a_stream_that_ends_is_an_end_of_input(lab):
    client = compressed(lab)
    client.client.send(client.deflater.compress(b"c NOOP\r\n") + client.deflater.flush(zlib.Z_FINISH))
    client.until(b"c OK")
    client.client.send(b"anything")
    client.client.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.client.socket.recv(1)
