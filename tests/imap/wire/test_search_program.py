"""SEARCH arguments to queries; depth is bounded and no input recurses."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.imap.wire import search_program
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.return_options import Page, Returns, returns
from mailcore.imap.wire.search_program import BadCharset, Notes, Resolver
from mailcore.search.query import (
    All,
    And,
    Before,
    Body,
    From,
    HasFlag,
    HasKeyword,
    Header,
    Larger,
    MessageId,
    ModseqAtLeast,
    Not,
    Older,
    Or,
    Subject,
    To,
    Uid,
)

RESOLVER = Resolver(
    by_number=lambda wanted: Uid(((0, 0),)) if wanted.is_saved_result else Uid(wanted.within(9)),
    by_uid=lambda wanted: Uid(wanted.within(99)),
    email_id=lambda text: MessageId(len(text)),
    thread_id=lambda text: MessageId(len(text)),
)


def read(octets: bytes, charset: str = "ascii"):
    reader = Reader(octets)
    found = search_program.search_keys(reader, charset, RESOLVER, Notes())
    reader.end()
    return found


@pytest.mark.parametrize(
    "octets, query",
    [
        (b"ALL", All()),
        (b"unseen", Not(HasFlag(1))),
        (b"FROM ann", From("ann")),
        (b'FROM "Ann Lee" SUBJECT {3}\r\ntea', And((From("Ann Lee"), Subject("tea")))),
        (b"NOT NOT SEEN", Not(Not(HasFlag(1)))),
        (b"OR SEEN FLAGGED", Or((HasFlag(1), HasFlag(4)))),
        (b"OR OR SEEN FLAGGED NOT DRAFT", Or((Or((HasFlag(1), HasFlag(4))), Not(HasFlag(16))))),
        (b"OR (SEEN FLAGGED) TO x", Or((And((HasFlag(1), HasFlag(4))), To("x")))),
        (b"(SEEN (FLAGGED)) DRAFT", And((And((HasFlag(1), HasFlag(4))), HasFlag(16)))),
        (b"((SEEN))", HasFlag(1)),
        (b"1:3,*", Uid(((1, 3), (9, 9)))),
        (b"UID 5:*", Uid(((5, 99),))),
        (b"$", Uid(((0, 0),))),
        (b"HEADER X-Mailer thunder", Header("X-Mailer", "thunder")),
        (b'HEADER List-Id ""', Header("List-Id", "")),
        (b"BEFORE 1-Feb-2026", Before(date(2026, 2, 1))),
        (b"LARGER 1000", Larger(1000)),
        (b"KEYWORD $junk", HasKeyword("$Junk")),
        (b"UNKEYWORD x", Not(HasKeyword("x"))),
        (b"OLDER 60", Older(60)),
        (b"MODSEQ 5", ModseqAtLeast(5)),
        (rb'MODSEQ "/flags/\\seen" all 5', ModseqAtLeast(5)),
        (b"NEW", Not(All())),
        (b"EMAILID M1f", MessageId(3)),
        (b"SEEN ", HasFlag(1)),
    ],
)
def test_programs(octets, query):
    assert read(octets) == query


@pytest.mark.parametrize(
    "octets",
    [b"", b"NOT", b"OR", b"OR SEEN", b"(", b"()", b"(SEEN", b"SEEN)", b"FROM", b"FROM (", b"NONSENSE", b"NOT )",
     b"HEADER x", b"BEFORE yesterday", b"LARGER -1", b"LARGER 99999999999999999999", b"OLDER 0", b"MODSEQ x",
     b"KEYWORD \\Seen", b"UID", b"UID x", b"1:", b"SEEN FLAGGED(", b"SEEN  (", b"(SEEN) )", b"OR (SEEN)(SEEN)"],
)  # fmt: skip
def test_what_is_no_program(octets):
    with pytest.raises(Malformed):
        read(octets)


@pytest.mark.parametrize(
    "octets", [b"(" * 100_000, b"NOT " * 100_000 + b"ALL", b"OR " * 100_000 + b"ALL", b"(NOT " * 50_000]
)
def test_depth_is_bounded(octets):
    """B07: no RecursionError, no long silence."""
    start = time.process_time()
    with pytest.raises(Malformed):
        read(octets)
    assert time.process_time() - start < 1


def test_ninety_deep_is_fine():
    assert read(b"(" * 90 + b"ALL" + b")" * 90) == All()
    assert read(b"NOT " * 90 + b"ALL")


@pytest.mark.parametrize(
    "charset", ["rot13", "zlib", "idna", "unicode_escape", "utf-7", "base64", "punycode", "", "x" * 1000]
)
def test_only_charsets_of_text(charset):
    with pytest.raises(BadCharset):
        search_program.codec(charset)


def test_charsets():
    assert read(b"BODY {2}\r\n\xc3\xa9", "utf-8") == Body("é")
    assert read(b"BODY {1}\r\n\xe9", "latin-1") == Body("é")
    assert read(b"BODY {2}\r\n\xc3\xa9") == Body("é")  # CHARSET forgotten
    with pytest.raises(Malformed):
        read(b"BODY {1}\r\n\xe9", "utf-8")


def test_return_options():
    assert returns(Reader(b"ALL")) is None
    assert returns(Reader(b"RETURN () ALL")) == Returns(frozenset({"ALL"}))
    assert returns(Reader(b"return (MIN count) ALL")) == Returns(frozenset({"MIN", "COUNT"}))
    newest = returns(Reader(b"RETURN (PARTIAL -1:-100) ALL"))
    assert newest == Returns(frozenset({"PARTIAL"}), Page(1, 100, from_end=True))


@pytest.mark.parametrize(
    "odd",
    [b"FROBS", b"PARTIAL", b"PARTIAL 1", b"PARTIAL 0:5", b"PARTIAL -1:5", b"PARTIAL 1:*", b"PARTIAL 1:99999999999",
     b"PARTIAL 1:2 PARTIAL 3:4", b"PARTIAL 1:2 ALL"],
)  # fmt: skip
def test_return_options_that_are_none(odd):
    with pytest.raises(Malformed):
        returns(Reader(b"RETURN (%s) ALL" % odd))


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (Page(1, 2), [10, 11]),
        (Page(3, 9), [12, 13]),
        (Page(5, 9), []),
        (Page(1, 2, from_end=True), [12, 13]),
        (Page(3, 9, from_end=True), [10, 11]),
        (Page(5, 9, from_end=True), []),
    ],
)
def test_pages_of_results(page, shown):
    assert page.of([10, 11, 12, 13]) == shown


WORDS = [
    b"NOT ",
    b"OR ",
    b"(",
    b")",
    b" ",
    b"SEEN",
    b"ALL",
    b"FROM ",
    b"x",
    b'"y"',
    b"1:*",
    b"UID ",
    b"$",
    b"{1}\r\n",
    b"\0",
]


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_no_program_upsets_the_parser(words):
    with suppress(Malformed):
        read(b"".join(words))
