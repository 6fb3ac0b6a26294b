"""Modified UTF-7 and UTF-8 names, wildcards."""

from __future__ import annotations

import fnmatch
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.imap.wire.mailbox_name import (
    BadName,
    Pattern,
    decoded,
    from_modified_utf7,
    to_modified_utf7,
    written,
)


@pytest.mark.parametrize(
    "octets, name",
    [
        (b"INBOX", "INBOX"),
        (b"Sent Items", "Sent Items"),
        (b"A&-B", "A&B"),
        (b"&Jjo-!", "☺!"),
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
        (b"Entw&APw-rfe", "Entwürfe"),
        (b"&2D3cqQ-", "💩"),
    ],
)
def test_modified_utf7_both_ways(octets, name):
    assert from_modified_utf7(octets) == name
    assert to_modified_utf7(name) == octets


@pytest.mark.parametrize("octets", [b"&", b"a&b", b"&Jjo", b"&!-", b"&JjoZ-", b"&2D0-", b"x&-&"])
def test_broken_modified_utf7(octets):
    with pytest.raises(BadName):
        from_modified_utf7(octets)


@pytest.mark.parametrize(
    "octets, name",
    [
        (b"inbox", "INBOX"),
        (b"InBoX/sub", "INBOX/sub"),
        (b"inboxes", "inboxes"),
        ("Entwürfe".encode(), "Entwürfe"),
    ],
)
def test_inbox_has_no_case(octets, name):
    assert decoded(octets) == name


def test_utf8_once_it_is_enabled():
    assert decoded(b"A&B", utf8=True) == "A&B"
    assert written("Entwürfe", utf8=True) == '"Entwürfe"'.encode()
    assert written("Entwürfe") == b"Entw&APw-rfe"
    assert written("NIL") == b'"NIL"'
    for broken in (b"\xff", b"\xc3", b"x" * 4097):
        with pytest.raises(BadName):
            decoded(broken, utf8=True)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_every_name_survives(name):
    assert from_modified_utf7(to_modified_utf7(name)) == name


@pytest.mark.parametrize(
    "pattern, name, matches",
    [
        ("*", "a/b", True),
        ("%", "a/b", False),
        ("%", "a", True),
        ("a/%", "a/b", True),
        ("a/%", "a/b/c", False),
        ("a*c", "a/b/c", True),
        ("%/%", "a/b", True),
        ("", "", True),
        ("", "a", False),
        ("%b%*d", "abxyd", True),
        ("*%", "a/b", True),
        ("%*%", "a/b", True),
        ("a%", "a", True),
        ("[a-z]", "b", False),
        ("a.c", "abc", False),
    ],
)
def test_wildcards(pattern, name, matches):
    assert Pattern(pattern).matches(name) is matches


@given(st.text("ab/*%", max_size=12), st.text("ab/", max_size=12))
def test_wildcards_against_a_slow_and_simple_matcher(pattern, name):
    regex = "".join(".*" if c == "*" else "[^/]*" if c == "%" else re.escape(c) for c in pattern)
    assert Pattern(pattern).matches(name) == bool(re.fullmatch(regex, name, re.DOTALL))
    assert fnmatch.translate("*")


def test_no_pattern_takes_long():
    start = time.process_time()
    assert not Pattern("%a" * 2000 + "b").matches("a" * 1000)
    assert not Pattern("*a*" * 1300 + "b").matches("a" * 1000)
    assert time.process_time() - start < 1
