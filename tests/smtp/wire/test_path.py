"""Paths: RFC 5321 §4.1.2, RFC 6531 §3.3."""

from __future__ import annotations

import pytest

from mailcore.smtp.wire.path import NULL, Address, PathInvalid, forward_path, reverse_path, split_path

PATHS = [
    ("<a@b.example>", Address("a", "b.example")),
    ("<A.b-c_d+e@B.Example>", Address("A.b-c_d+e", "b.example")),
    ('<"a b"@b.example>', Address("a b", "b.example")),
    ('<"a\\"b"@b.example>', Address('a"b', "b.example")),
    ('<"a>b"@b.example>', Address("a>b", "b.example")),
    ('<"a"@b.example>', Address("a", "b.example")),
    ("<@x.example,@y.example:a@b.example>", Address("a", "b.example")),
    ("<a@[192.0.2.1]>", Address("a", "[192.0.2.1]")),
    ("<a@[IPv6:2001:DB8:0::1]>", Address("a", "[IPv6:2001:db8::1]")),
    ("<jörg@bücher.example>", Address("jörg", "xn--bcher-kva.example")),
    ("<jo\u0308rg@b.example>", Address("jörg", "b.example")),
    ("<" + "a" * 64 + "@b.example>", Address("a" * 64, "b.example")),
    ("<a@b_c.example>", Address("a", "b_c.example")),
]


@pytest.mark.parametrize("text, address", PATHS)
def test_paths(text, address):
    assert reverse_path(text) == forward_path(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "a@b.example", "<a@b.example", "<a>", "<@b.example>", "<a@>", "<a b@c.example>",
        "<a@b..example>", "<a@-b.example>",
        "<a@b.example.>", '<""@b.example>', "<.a@b.example>", "<a.@b.example>", "<a..b@b.example>",
        "<-a@b.example>",
        "<" + "a" * 65 + "@b.example>", "<a@" + "b" * 64 + ".example>", "<a@[1.2.3]>", "<a@[999.1.1.1]>",
        "<a@[IPv6:x]>",
        "<a@[192.0.2.1>", "<@x.example:>", "<@x.example a@b.example>",
        "<a\0@b.example>", '<"a\r\nb"@b.example>',
        "<a\u200b@b.example>", "<a@" + "b." * 200 + "example>", "<" + "@x.example," * 200 + "@y:a@b.example>",
        "<<a@b.example>>",
    ],
)  # fmt: skip
def test_what_is_no_path(text):
    with pytest.raises(PathInvalid):
        forward_path(text)


def test_the_null_path_and_postmaster():
    assert reverse_path("<>") is NULL
    assert forward_path("<POSTMASTER>") == Address("postmaster", "")
    with pytest.raises(PathInvalid):
        forward_path("<>")


@pytest.mark.parametrize(
    "text, split",
    [
        ("<a@b> SIZE=5", ("<a@b>", "SIZE=5")),
        ("<a@b>", ("<a@b>", "")),
        ('<"> X=1"@b> SIZE=5', ('<"> X=1"@b>', "SIZE=5")),
        ('<"\\"> "@b>   A  B ', ('<"\\"> "@b>', "A  B")),
    ],
)
def test_parameters_begin_behind_the_path(text, split):
    assert split_path(text) == split


@pytest.mark.parametrize("text", ["", "a", "<a", '<"a>', "<a>b", "<a>\tSIZE=1"])
def test_what_cannot_be_split(text):
    with pytest.raises(PathInvalid):
        split_path(text)


@pytest.mark.parametrize(
    "address, text",
    [
        (Address("a", "b.example"), "a@b.example"),
        (Address("a b", "b.example"), '"a b"@b.example'),
        (Address('a"\\', "b.example"), '"a\\"\\\\"@b.example'),
        (NULL, ""),
    ],
)
def test_addresses_are_written_as_the_wire_wants_them(address, text):
    assert str(address) == text
