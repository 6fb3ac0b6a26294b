"""RFC 2046 §4.1.2: labels, and text that does not keep what they promise."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message import charsets


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (b"caf\xc3\xa9", "utf-8", "café"),
        (b"caf\xc3\xa9", "", "café"),
        (b"caf\xe9", "", "café"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"caf\xc3\xa9", "us-ascii", "café"),
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"\x93hi\x94", "iso-8859-1", "“hi”"),
        (b"\x81", "windows-1252", "\x81"),
        (b"caf\xe9", "utf-8", "caf\ufffd"),
        (b"\xd6\xd0\xce\xc4", "GB2312", "中文"),
        (b"\x82\xb1\x82\xf1", "Shift_JIS", "こん"),
        (b"\xbe\xc8\xb3\xe7", "ks_c_5601-1987", "안녕"),
        (b"\xa4\xa4\xa4\xe5", "big5", "中文"),
        (b"\xcf\xf0", "windows-1251", "Пр"),
        (b"+AOk-", "utf-7", "é"),
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"plain", "unicode", "plain"),
        (b"hi", "charset=utf-8", "hi"),
        (b"hi", '"utf-8"', "hi"),
        (b"hi", "x-unknown", "hi"),
        (b"h\xfci", "\x00\xff", "hüi"),
        (b"~{abc", "hz", None),
        (b"\x1b$B\x1b\x1b(", "iso-2022-jp", None),
        (b"\xff", "iso-2022-kr", None),
    ],
)
def test_bytes_are_text_whatever_the_label(data, label, text):
    decoded = charsets.decode(data, label.lower())
    assert text is None or decoded == text
    decoded.encode()


@pytest.mark.parametrize(
    "label",
    [
        "unicode_escape",
        "raw_unicode_escape",
        "rot13",
        "zlib",
        "bz2",
        "hex",
        "idna",
        "punycode",
        "undefined",
        "mbcs",
        "a" * 100_000,
    ],
)
def test_codecs_that_are_no_charsets_are_not_found(label):
    """SECURITY C10, B12."""
    assert charsets.codec(label) is None


def test_every_label_leads_to_a_text_codec():
    for label, codec in charsets._CODECS.items():
        assert codecs.lookup(codec)._is_text_encoding, label


@given(st.binary(max_size=200), st.sampled_from(sorted(charsets._CODECS)))
def test_no_bytes_fail_in_any_charset(data, label):
    charsets.decode(data, label).encode()
