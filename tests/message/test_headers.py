"""RFC 5322 §2.2."""

from __future__ import annotations

import time

import pytest

from mailcore.message import headers

MESSAGE = (
    b"From: a@x\r\nX-Folded: one\r\n\ttwo\r\n three\r\njunk\r\nSubject : odd\r\nEmpty:\r\n\r\nBody: no\r\n"
)


def test_fields_stand_in_order_with_their_octets():
    found = headers.fields(MESSAGE)
    assert [(field.name, field.value) for field in found] == [
        ("From", "a@x"),
        ("X-Folded", "one\ttwo three"),
        ("Subject", "odd"),
        ("Empty", ""),
    ]
    assert found[1].raw == b"X-Folded: one\r\n\ttwo\r\n three\r\n"
    assert found[1].text == "one two three"


@pytest.mark.parametrize(
    ("raw", "size"),
    [
        (b"A: b\r\n\r\nbody", 8),
        (b"A: b\n\nbody", 6),
        (b"A: b\r\n\nbody", 7),
        (b"\r\nbody", 2),
        (b"\nbody", 1),
        (b"A: b\r\n", 6),
        (b"A: b", 4),
        (b"", 0),
        (b"no header at all\r\n\r\nbody", 0),
        (b"junk first\r\nSubject: x\r\n\r\nbody", 26),
        (b"From someone Sat Nov 21\nA: b\n\nbody", 30),
        (b"A: b\r\n \r\nC: d\r\n\r\nbody", 17),
    ],
)
def test_where_the_header_ends(raw, size):
    assert headers.end_of(raw, 0, len(raw)) == size


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\r\nb", "a b"),
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\u2028b", "a b"),
        ("  a \t b  ", "a b"),
        ("\ud800", "\ufffd"),
        ("日本", "日本"),
    ],
)
def test_controls_are_made_visible(text, shown):
    """SECURITY C08."""
    assert headers.visible(text) == shown


@pytest.mark.parametrize(
    "raw",
    [
        b"".join(b"X-%d: v\r\n" % number for number in range(50_000)) + b"\r\n",
        b"X: " + b"a" * 5_000_000 + b"\r\n\r\n",
        b"X: y\r\n" + b" z\r\n" * 100_000 + b"\r\n",
        b"X: y\r\n" + b" \r\n" * 40_000 + b"\r\n",
        b"a" * 5_000_000,
        b":" * 1_000_000,
        b"\r" * 1_000_000,
        b"a \n" * 300_000,
    ],
    ids=lambda raw: raw[:8],
)
def test_hostile_headers_are_linear(raw):
    """SECURITY C04."""
    began = time.process_time()
    headers.fields(raw)
    assert time.process_time() - began < 3


def test_a_field_beyond_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr(headers, "MAX_FIELD", 10)
    raw = b"From: 12345678\r\nTo: 123456789\r\nTo: 12345678\r\n\r\n"
    found = headers.read(raw, 0, len(raw), frozenset({b"from", b"to"}))
    assert found.all(b"from") == [b" 12345678\r"]
    assert found.all(b"to") == [b" 12345678\r"]
