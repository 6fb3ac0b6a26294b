"""RFC 2045 §6, damaged and whole."""

from __future__ import annotations

import base64
import binascii
import quopri
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.transfer_encoding import (
    base64_lines,
    decode,
    decoded_chunks,
    quoted_printable,
    uuencoded_name,
)

UU = b"junk\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\njunk\r\n"


@pytest.mark.parametrize(
    ("encoding", "data", "expected"),
    [
        ("7bit", b"a=41", b"a=41"),
        ("x-no-such", b"a=41", b"a=41"),
        ("base64", b"aGVsbG8=", b"hello"),
        ("base64", b"aGVsbG8", b"hello"),
        ("base64", b"aGVs\r\nbG8=\r\n", b"hello"),
        ("base64", b"a G*V!s\tb\nG8=", b"hello"),
        ("base64", b"aGVsbG8=aGVsbG8=", b"hellohello"),
        ("base64", b"aGVsbG8=\r\n-- \r\nlist footer", None),
        ("base64", b"a", b""),
        ("base64", b"====", b""),
        ("base64", b"", b""),
        ("quoted-printable", b"caf=C3=A9", b"caf\xc3\xa9"),
        ("quoted-printable", b"caf=c3=a9", b"caf\xc3\xa9"),
        ("quoted-printable", b"soft=\r\nbreak", b"softbreak"),
        ("quoted-printable", b"soft=\nbreak", b"softbreak"),
        ("quoted-printable", b"soft= \t\r\nbreak", b"softbreak"),
        ("quoted-printable", b"trailing \t\r\nblanks ", b"trailing\r\nblanks"),
        ("quoted-printable", b"a=20\r\nb", b"a \r\nb"),
        ("quoted-printable", b"100% =ZZ =", b"100% =ZZ "),
        ("x-uuencode", UU, b"Cat"),
        ("x-uuencode", b"no begin\r\n", b""),
    ],
)
def test_bodies_are_decoded(encoding, data, expected):
    decoded = decode(data, encoding)
    assert expected is None or decoded == expected


def test_a_uuencoded_file_has_a_name():
    assert uuencoded_name(UU) == b"cat.txt"
    assert uuencoded_name(b"we begin 644 things") is None


@given(
    st.binary(max_size=500),
    st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit"]),
    st.integers(1, 20),
)
def test_in_pieces_as_in_one(data, encoding, size):
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert b"".join(decoded_chunks(pieces, encoding)) == decode(data, encoding)


@given(st.binary(max_size=2000))
def test_base64_comes_back(data):
    encoded = b"".join(base64_lines([data[:7], data[7:]]))
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert decode(encoded, "base64") == data == base64.b64decode(encoded)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=500))
def test_quoted_printable_comes_back(text):
    data = "\r\n".join(text.splitlines()).encode()
    encoded = quoted_printable(data)
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert encoded.isascii()
    assert decode(encoded, "quoted-printable") == data
    assert not encoded.startswith(b"From ")


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("base64", b"Q\r\n" * 300_000),
        ("base64", b"QQ==\r\n" * 300_000),
        ("base64", b"=" * 1_000_000),
        ("quoted-printable", b"=\r\n" * 300_000),
        ("quoted-printable", b" " * 1_000_000 + b"x"),
        ("quoted-printable", b"= " * 500_000),
        ("quoted-printable", b"x" * 1_000_000),
        ("x-uuencode", b"begin 644 x\n" + b"M\n" * 300_000),
        ("x-uuencode", b"begin" * 300_000),
    ],
)
def test_hostile_encodings_are_linear(encoding, data):
    """SECURITY C11."""
    began = time.process_time()
    decode(data, encoding)
    list(decoded_chunks([data[at : at + 8192] for at in range(0, len(data), 8192)], encoding))
    assert time.process_time() - began < 3


def test_the_standard_library_agrees():
    data = bytes(range(256)) * 3
    assert decode(quopri.encodestring(data), "quoted-printable").replace(b"\r", b"") == data.replace(
        b"\r", b""
    )
    uu = (
        b"begin 644 x\n"
        + b"".join(binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45))
        + b"end\n"
    )
    assert decode(uu, "x-uuencode") == data
