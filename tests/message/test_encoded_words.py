"""RFC 2047."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.encoded_words import decode, encode
from mailcore.message.headers import visible


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("=?ISO-8859-1?Q?a?=", "a"),
        ("=?ISO-8859-1?Q?a?= b", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=\r\n   =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        ("x=?utf-8?q?=C3=A9?=y", "xéy"),
        ("=?utf-8?b?w6k=?=", "é"),
        ("=?utf-8?B?w6k?=", "é"),  # padding forgotten
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),  # a character cut in two
        ("=?utf-8?b?w?= =?utf-8?q?x?=", "x"),
        ("=?utf-8*de?q?=C3=BC?=", "ü"),  # RFC 2231 §5
        ("=?utf-8?q?What's up??=", "What's up?"),
        ("=?utf-8?q?two words?=", "two words"),
        ("=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?gb2312?b?1tDOxA==?=", "中文"),
        ("=?koi8-r?b?8NLJ18XU?=", "Привет"),
        ("=?no-such-charset?q?caf=C3=A9?=", "café"),
        ("=?unicode_escape?q?=5Cx41?=", r"\x41"),
        ("=?rot13?q?uryyb?=", "uryyb"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?abc", "=?utf-8?q?abc"),
        ("=?utf-8?q?=ZZ=4?=", "=ZZ=4"),
        ("=??q?x?=", "=??q?x?="),
    ],
)
def test_words_are_decoded(value, expected):
    assert decode(value) == expected


def test_decoded_text_is_not_decoded_again():
    assert decode("=?utf-8?q?=3D=3Futf-8=3Fq=3Fevil=3F=3D?=") == "=?utf-8?q?evil?="


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_what_is_encoded_is_decoded_again(text):
    encoded = encode(text)
    assert encoded.isascii()
    assert all(len(word) <= 75 for word in encoded.split(" "))
    assert decode(encoded) == text


def test_a_line_end_in_a_word_begins_no_header():
    """SECURITY C07."""
    assert visible(decode("=?utf-8?q?a=0D=0ABcc:_evil=40x?=")) == "a Bcc: evil@x"
