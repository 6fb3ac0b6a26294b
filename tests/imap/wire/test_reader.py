"""Atoms, strings, numbers, lists: (octets, value), and what is none of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.imap.wire import response
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader


@pytest.mark.parametrize(
    "octets, value",
    [
        (b"atom", b"atom"),
        (b'""', b""),
        (b'"two words"', b"two words"),
        (rb'"a \"b\" \\ c"', rb'a "b" \ c'),
        (b"{5}\r\nhello", b"hello"),
        (b"{5+}\r\nhello", b"hello"),
        (b"{0}\r\n", b""),
        (b"{7}\r\na\r\n b c", b"a\r\n b c"),
        (b"]x]", b"]x]"),
        ('"é"'.encode(), "é".encode()),
    ],
)
def test_astrings(octets, value):
    reader = Reader(octets)
    assert reader.astring() == value
    assert reader.at_end()


@pytest.mark.parametrize(
    "octets",
    [b"", b" ", b"(", b'"', b'"open', b'"bad \\x escape"', b'"new\r\nline"', b'"nul\0"', b"{5}\r\nhell", b"{5}hello",
     b"{3}\r\na\0b", b"%", b"*", b"\\Seen", b"{99999999999999999999}\r\nx", b"\xff"],
)  # fmt: skip
def test_what_is_no_astring(octets):
    with pytest.raises(Malformed):
        Reader(octets).astring()


@pytest.mark.parametrize("octets, value", [(b"0", 0), (b"4294967295", 2**32 - 1), (b"007", 7)])
def test_numbers(octets, value):
    assert Reader(octets).number() == value


@pytest.mark.parametrize("octets", [b"", b"-1", b"4294967296", b"99999999999999999999999", b"x", b"\xd9\xa1"])
def test_what_is_no_number(octets):
    with pytest.raises(Malformed):
        Reader(octets).number()


def test_number64_ends_at_63_bits():
    assert Reader(b"9223372036854775807").number64() == 2**63 - 1
    with pytest.raises(Malformed):
        Reader(b"9223372036854775808").number64()


def test_lists_are_bounded():
    assert Reader(b"(a b c)").listed(Reader.word) == ["A", "B", "C"]
    assert Reader(b"()").listed(Reader.word, may_be_empty=True) == []
    assert len(Reader(b"(" + b"a " * 9 + b"a)").listed(Reader.word, at_most=10)) == 10
    for broken in (b"()", b"(a", b"(a  ", b"a b", b"((a))", b"(" + b"a " * 10 + b"a)"):
        with pytest.raises(Malformed):
            Reader(broken).listed(Reader.word, at_most=10)


@given(st.binary(max_size=2000))
def test_whatever_we_write_can_be_read_again(octets):
    written = response.astring(octets.replace(b"\0", b""))
    reader = Reader(written)
    assert reader.astring() == octets.replace(b"\0", b"")
    assert reader.at_end()


@given(
    st.binary(max_size=300),
    st.sampled_from(["astring", "nstring", "atom", "tag", "number", "list_mailbox", "string"]),
)
def test_no_octets_upset_the_reader(octets, what):
    reader = Reader(octets)
    try:
        getattr(reader, what)()
    except Malformed:
        return
    assert 0 < reader.at <= len(octets)
