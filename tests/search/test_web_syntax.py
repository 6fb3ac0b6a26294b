"""The search box: what people type → what is asked."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.search.query import (
    All,
    And,
    Anywhere,
    Bcc,
    Before,
    Body,
    Cc,
    FileName,
    From,
    HasAttachment,
    HasFlag,
    HasKeyword,
    Header,
    InFolder,
    Larger,
    Near,
    Not,
    Older,
    On,
    Or,
    Since,
    Smaller,
    Subject,
    To,
    WithId,
    Words,
    Younger,
)
from mailcore.search.web_syntax import parse

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
A, B, C, D = Words("a"), Words("b"), Words("c"), Words("d")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", All()),
        ("   ", All()),
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ('"a b"', Words("a b")),
        ("a OR b", Or((A, B))),
        ("a OR b OR c", Or((A, B, C))),
        ("a b OR c d", And((A, Or((B, C)), D))),
        ("{a b c}", Or((A, B, C))),
        ("(a b) OR (c d)", Or((And((A, B)), And((C, D))))),
        ("-a", Not(A)),
        ("-{a b}", Not(Or((A, B)))),
        ("- a", And((Words("-"), A))),
        ("e-mail", Words("e-mail")),
        ("from:ann", From("ann")),
        ("From:ann", From("ann")),
        ('from:"Ann Lee"', From("Ann Lee")),
        ("from:(ann bob)", And((From("ann"), From("bob")))),
        ("from:{ann bob}", Or((From("ann"), From("bob")))),
        ("from:(ann OR bob)", Or((From("ann"), From("bob")))),
        ("from:me", From("me@x.org")),
        ("to:bob", Or((To("bob"), Cc("bob"), Bcc("bob")))),
        ("cc:bob", Cc("bob")),
        ("bcc:bob", Bcc("bob")),
        ("-subject:report", Not(Subject("report"))),
        ('subject:"a b"', Subject("a b")),
        ("has:attachment", HasAttachment()),
        ("has:nothing", Words("has:nothing")),
        ("filename:pdf", FileName("pdf")),
        ("larger:10M", Larger(10 * 1024 * 1024)),
        ("larger:1.5k", Larger(1536)),
        ("size:1000", Larger(1000)),
        ("smaller:2kb", Smaller(2048)),
        ("larger:big", Words("larger:big")),
        ("older_than:1y", Older(31_557_600)),
        ("newer_than:2d", Younger(172_800)),
        ("newer_than:soon", Words("newer_than:soon")),
        ("before:2026/01/31", Before(date(2026, 1, 31))),
        ("before:2026-1-31", Before(date(2026, 1, 31))),
        ("after:2026/01/31", Since(date(2026, 1, 31))),
        ("on:yesterday", On(date(2026, 11, 20))),
        ("before:2026/02/31", Words("before:2026/02/31")),
        ("after:1388552400", Since(date(2014, 1, 1))),
        ("in:trash", InFolder("trash")),
        ("label:work/projects", InFolder("work/projects")),
        ('in:"My Folder"', InFolder("My Folder")),
        ("in:anywhere", Anywhere()),
        ("is:unread", Not(HasFlag(1))),
        ("is:read", HasFlag(1)),
        ("is:starred", HasFlag(4)),
        ("is:important", HasKeyword("$Important")),
        ("is:strange", Words("is:strange")),
        ("list:dev.example.org", Header("list-id", "dev.example.org")),
        ("deliveredto:ann@x.org", Header("delivered-to", "ann@x.org")),
        ("rfc822msgid:<a@x>", WithId("a@x")),
        ("a AROUND 5 b", Near("a", "b", 5)),
        ("AROUND 5 b", And((Words("AROUND"), Words("5"), B))),
        ("http://x.org/", Words("http://x.org/")),
        ("12:30", Words("12:30")),
        ('"unclosed phrase', Words("unclosed phrase")),
        ("(a", A),
        ("a)", A),
        ("a) b", And((A, B))),
        ("()", All()),
        ("OR", All()),
        ("a OR", A),
        ("OR a", A),
        ("-", Words("-")),
        ("from:", Words("from:")),
        ("日本 語", And((Words("日本"), Words("語")))),
    ],
)
def test_what_is_typed(typed, asked):
    assert parse(typed, NOW, me="me@x.org") == asked


@given(st.text(alphabet='ab ":(){}-OR|fromAUND5', max_size=80))
def test_nothing_typed_is_an_error(typed):
    parse(typed, NOW)


@pytest.mark.parametrize(
    "typed",
    ["(" * 2000, "-" * 2000, "{" * 1000 + "a", "a OR " * 400, '"' * 2000, "from:(" * 300, "x" * 100_000],
)
def test_hostile_typing_is_bounded(typed):
    began = time.perf_counter()
    parse(typed, NOW)
    assert time.perf_counter() - began < 1


def test_the_module_knows_no_body_operator():
    assert parse("body:x", NOW) == Words("body:x")
    assert Body("x") != Words("x")
