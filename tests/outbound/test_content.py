"""What leaves us: strict line ends, short lines, doubled dots, whatever came in and in whatever chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.outbound.content import BLOCK, clean, prepare, stuffed

TEXT = st.lists(
    st.sampled_from(
        [
            b"a",
            b"Subject: x",
            b"\r\n",
            b"\r",
            b"\n",
            b".",
            b"\r\n.\r\n",
            b"\r\n\r\n",
            b"\n.\n",
            b"z" * 700,
            "é".encode(),
        ]
    ),
    max_size=60,
).map(b"".join)


def in_chunks(raw: bytes, step: int) -> list[bytes]:
    return [raw[i : i + step] for i in range(0, len(raw), step)]


def is_strict(raw: bytes) -> bool:
    return raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")


@given(TEXT, st.integers(1, 2000))
def test_no_bare_line_end_and_no_long_line_ever_leaves(raw, step):
    """SECURITY A02, A15."""
    out = b"".join(clean(in_chunks(raw, step)))
    assert is_strict(out)
    assert max(map(len, out.split(b"\r\n"))) <= 998
    assert not out or out.endswith(b"\r\n")


@given(TEXT, st.integers(1, 2000))
def test_the_only_lone_dot_is_ours(raw, step):
    wire = b"".join(stuffed(clean(in_chunks(raw, step))))
    assert b"\r\n.\r\n" not in b"\r\n" + wire


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 100_000])
def test_a_clean_message_leaves_as_it_came(step):
    raw = b"Subject: dots\r\n\r\n.one\r\n..two\r\n\r\n.\r\nend" + b"\r\nx" * 5000 + b"\r\n"
    assert b"".join(clean(in_chunks(raw, step))) == raw
    wire = b"".join(stuffed(clean(in_chunks(raw, step))))
    assert wire.startswith(b"Subject: dots\r\n\r\n..one\r\n...two\r\n\r\n..\r\nend")


@pytest.mark.parametrize(
    "ending", [b"\n.\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n\0.\r\n"]
)
def test_no_ending_that_smuggles_survives(ending):
    """SECURITY A01, A02: a careless next hop must not see an end of message in the middle of one."""
    raw = b"Subject: a\r\n\r\nfirst" + ending + b"MAIL FROM:<mallory@example.com>\r\n"
    wire = b"".join(stuffed(clean([raw])))
    assert is_strict(wire)
    assert b"\r\n.\r\n" not in wire


def test_a_long_header_line_is_folded_and_a_long_body_line_broken():
    raw = (
        b"References: "
        + b" ".join(b"<%d@example.org>" % n for n in range(200))
        + b"\r\n\r\n"
        + b"word " * 500
        + b"\r\n"
    )
    header, _, body = b"".join(clean([raw])).partition(b"\r\n\r\n")
    assert all(line.startswith(b" ") for line in header.split(b"\r\n")[1:])
    assert header.replace(b"\r\n", b"") == raw.partition(b"\r\n\r\n")[0]
    assert body.replace(b"\r\n", b"") == b"word " * 500


def test_a_line_is_not_broken_within_a_character():
    for offset in range(4):
        raw = b"\r\n" + b"x" * offset + "€".encode() * 1000 + b"\r\n"
        for line in b"".join(clean([raw])).split(b"\r\n"):
            line.decode()


def test_one_endless_line_does_not_pile_up():
    out = list(clean(b"x" * 65536 for _ in range(64)))
    assert len(out) > 10
    assert max(map(len, b"".join(out).split(b"\r\n"))) <= 998


@pytest.mark.parametrize("step", [1, 3, 10, 100_000])
@pytest.mark.parametrize(
    ("raw", "header", "body"),
    [
        (b"A: b\r\n\r\nbody\r\n", b"A: b\r\n", b"body\r\n"),
        (b"A: b\r\nC: d\r\n\r\n\r\nbody\r\n", b"A: b\r\nC: d\r\n", b"\r\nbody\r\n"),
        (b"A: b\r\n", b"A: b\r\n", b""),
        (b"A: b\r\n\r\n", b"A: b\r\n", b""),
        (b"\r\nbody\r\n", b"", b"body\r\n"),
        (b"", b"", b""),
    ],
)
def test_the_signer_sees_header_and_body(raw, header, body, step):
    from mailcore.sender_auth.canonical import BodyHash

    seen = []
    content = prepare(lambda: in_chunks(raw, step), lambda h, d: seen.append((h, d)) or b"Signed: yes\r\n")
    expected = BodyHash()
    expected.update(body)
    assert seen == [(header, expected.digest())]
    assert b"".join(content.blocks()) == b"Signed: yes\r\n" + raw
    assert content.size == len(raw) + 13


def test_a_big_message_is_read_again_instead_of_kept():
    reads = []

    def chunks():
        reads.append(1)
        yield b"A: b\r\n\r\n"
        for _ in range(100):
            yield b"x" * 98 + b"\r\n" + b"y" * 98 + b"\r\n" * 5000

    content = prepare(chunks)
    assert content.size > BLOCK
    assert sum(map(len, content.blocks())) == content.size
    assert len(reads) == 2


@pytest.mark.parametrize(
    ("raw", "is_8bit", "header_is_8bit"),
    [
        (b"A: b\r\n\r\nx\r\n", False, False),
        (b"A: b\r\n\r\n\xc3\xa9\r\n", True, False),
        ("Subject: é\r\n\r\nx\r\n".encode(), True, True),
    ],
)
def test_what_a_peer_must_know_beforehand(raw, is_8bit, header_is_8bit):
    content = prepare(lambda: [raw])
    assert (content.is_8bit, content.header_is_8bit) == (is_8bit, header_is_8bit)
