"""The search box: what people type → what is asked, and what is told about it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.search.query import (
    All,
    And,
    Anywhere,
    Bcc,
    Body,
    Cc,
    ConversationId,
    Earlier,
    FileName,
    FileType,
    From,
    HasAttachment,
    HasFlag,
    HasKeyword,
    Header,
    InFolder,
    Larger,
    Near,
    Not,
    NotEarlier,
    Older,
    Or,
    Smaller,
    Subject,
    To,
    WholeWords,
    WithId,
    Words,
    Younger,
)
from mailcore.search.web_syntax import OPERATORS, Problem, parse, read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LABELS = {"work": "$label2", "big plans": "big-plans"}
A, B, C, D = Words("a"), Words("b"), Words("c"), Words("d")
JANUARY, FEBRUARY = 1_767_225_600, 1_769_904_000  # the first of each, 2026, 00:00 UTC
DAY = 86_400
SEEN, ANSWERED, FLAGGED, DRAFT = 1, 2, 4, 16


def to(who: str) -> Or:
    return Or((To(who), Cc(who), Bcc(who)))


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        # words, phrases and how they are joined
        ("", All()),
        ("   ", All()),
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ('"a b"', Words("a b")),
        ("“a b”", Words("a b")),
        ("„a b“ c", And((Words("a b"), C))),
        ("a OR b", Or((A, B))),
        ("a | b", Or((A, B))),
        ("a or b", And((A, Words("or"), B))),
        ("a OR b OR c", Or((A, B, C))),
        ("a b OR c d", And((A, Or((B, C)), D))),
        ("{a b c}", Or((A, B, C))),
        ("{a b} c", And((Or((A, B)), C))),
        ("(a b) OR (c d)", Or((And((A, B)), And((C, D))))),
        ("(a (b {c d}))", And((A, And((B, Or((C, D))))))),
        ("-a", Not(A)),
        ("b -a", And((B, Not(A)))),
        ("--a", Not(Not(A))),
        ('-"a b"', Not(Words("a b"))),
        ("-{a b}", Not(Or((A, B)))),
        ("-(a b)", Not(And((A, B)))),
        ("- a", And((Words("-"), A))),
        ("e-mail", Words("e-mail")),
        ("+a", WholeWords("a")),
        ('+"a b"', WholeWords("a b")),
        ("-+a", Not(WholeWords("a"))),
        ("+", Words("+")),
        ("c++", Words("c++")),
        ("a AROUND 5 b", Near("a", "b", 5)),
        ('"a b" AROUND 25 c', Near("a b", "c", 25)),
        ("c a AROUND 5 b d", And((C, Near("a", "b", 5), D))),
        ("a around 5 b", And((A, Words("around"), Words("5"), B))),
        ("AROUND 5 b", And((Words("AROUND"), Words("5"), B))),
        ("日本 語", And((Words("日本"), Words("語")))),
        ("「日本 語」", Words("日本 語")),
        ("مرحبا بالعالم", And((Words("مرحبا"), Words("بالعالم")))),
        ("Straße", Words("Straße")),
        # people
        ("from:ann", From("ann")),
        ("From:ann", From("ann")),
        ("FROM:ann", From("ann")),
        ("from：ann", From("ann")),
        ('from:"Ann Lee"', From("Ann Lee")),
        ("from:ann@example.org", From("ann@example.org")),
        ("from:(ann bob)", And((From("ann"), From("bob")))),
        ("from:{ann bob}", Or((From("ann"), From("bob")))),
        ("from:(ann OR bob)", Or((From("ann"), From("bob")))),
        ("from:me", From("me@x.org")),
        ("-from:me", Not(From("me@x.org"))),
        ("to:bob", to("bob")),
        ("to:me", to("me@x.org")),
        ("to:(bob ann)", And((to("bob"), to("ann")))),
        ("cc:bob", Cc("bob")),
        ("cc:me", Cc("me@x.org")),
        ("bcc:bob", Bcc("bob")),
        ("deliveredto:ann@x.org", Header("delivered-to", "ann@x.org")),
        ("replyto:ann", Header("reply-to", "ann")),
        ("list:dev.example.org", Header("list-id", "dev.example.org")),
        ("list:<dev.example.org>", Header("list-id", "dev.example.org")),
        # where in a message
        ("subject:report", Subject("report")),
        ("-subject:report", Not(Subject("report"))),
        ('subject:"a b"', Subject("a b")),
        ("subject:(a b)", And((Subject("a"), Subject("b")))),
        ("subject:{a -b}", Or((Subject("a"), Not(Subject("b"))))),
        ("body:a", Body("a")),
        ("body:(a OR b)", Or((Body("a"), Body("b")))),
        ("header:x-mailer", Header("x-mailer", "")),
        ("header:X-Mailer:mutt", Header("x-mailer", "mutt")),
        ('header:"x-mailer=Mutt 2"', Header("x-mailer", "Mutt 2")),
        ("rfc822msgid:<a@x>", WithId("a@x")),
        ("rfc822msgid:a@x", WithId("a@x")),
        ("thread:4294967298", ConversationId(4294967298)),
        ("conversation:7", ConversationId(7)),
        # files
        ("has:attachment", HasAttachment()),
        ("has:attachments", HasAttachment()),
        ("-has:attachment", Not(HasAttachment())),
        ("has:pdf", FileType((".pdf",))),
        ("has:invitation", FileType((".ics",))),
        ("has:{pdf invite}", Or((FileType((".pdf",)), FileType((".ics",))))),
        ("filename:pdf", FileName("pdf")),
        ("filename:report.pdf", FileName("report.pdf")),
        ('filename:"my report"', FileName("my report")),
        ("attachment:pdf", FileName("pdf")),
        # sizes
        ("larger:10M", Larger(10 * 1024 * 1024)),
        ("larger:10mb", Larger(10 * 1024 * 1024)),
        ("larger_than:1g", Larger(1024**3)),
        ("larger:1.5k", Larger(1536)),
        ("size:1000", Larger(1000)),
        ("smaller:2kb", Smaller(2048)),
        ("smaller_than:500", Smaller(500)),
        # times
        ("older_than:1y", Older(31_557_600)),
        ("older_than:2w", Older(1_209_600)),
        ("older_than:6m", Older(6 * 2_629_800)),
        ("newer_than:2d", Younger(172_800)),
        ("newer_than:12h", Younger(43_200)),
        ("before:2026/01/31", Earlier(JANUARY + 30 * DAY)),
        ("before:2026-1-31", Earlier(JANUARY + 30 * DAY)),
        ("before:31.1.2026", Earlier(JANUARY + 30 * DAY)),
        ("before:2026/02", Earlier(FEBRUARY)),
        ("before:2026", Earlier(JANUARY)),
        ("older:2026/01/01", Earlier(JANUARY)),
        ("after:2026/01/01", NotEarlier(JANUARY)),
        ("newer:2026/01/01", NotEarlier(JANUARY)),
        ("since:2026/01/01", NotEarlier(JANUARY)),
        ("after:1388552400", NotEarlier(1_388_552_400)),
        ("on:2026/01/01", And((NotEarlier(JANUARY), Earlier(JANUARY + DAY)))),
        ("on:2026/01", And((NotEarlier(JANUARY), Earlier(FEBRUARY)))),
        ("after:2026/01/01 before:2026/02/01", And((NotEarlier(JANUARY), Earlier(FEBRUARY)))),
        # places
        ("in:inbox", InFolder("inbox")),
        ("in:trash", InFolder("trash")),
        ("in:SPAM", InFolder("SPAM")),
        ("in:snoozed", InFolder("snoozed")),
        ("in:work/projects", InFolder("work/projects")),
        ('in:"My Folder"', InFolder("My Folder")),
        ("in:anywhere", Anywhere()),
        ("in:work", HasKeyword("$label2")),
        ("label:Work", HasKeyword("$label2")),
        ("label:big-plans", HasKeyword("big-plans")),
        ('label:"Big Plans"', HasKeyword("big-plans")),
        ("label:work/projects", InFolder("work/projects")),
        ("label:unread", Not(HasFlag(SEEN))),
        ("-label:work", Not(HasKeyword("$label2"))),
        ("has:userlabels", Or((HasKeyword("$label2"), HasKeyword("big-plans")))),
        ("has:nouserlabels", Not(Or((HasKeyword("$label2"), HasKeyword("big-plans"))))),
        # states
        ("is:unread", Not(HasFlag(SEEN))),
        ("is:read", HasFlag(SEEN)),
        ("-is:read", Not(HasFlag(SEEN))),
        ("in:unread", Not(HasFlag(SEEN))),
        ("is:starred", HasFlag(FLAGGED)),
        ("has:star", HasFlag(FLAGGED)),
        ("has:yellow-star", HasFlag(FLAGGED)),
        ("is:unstarred", Not(HasFlag(FLAGGED))),
        ("is:answered", HasFlag(ANSWERED)),
        ("is:replied", HasFlag(ANSWERED)),
        ("is:forwarded", HasKeyword("$Forwarded")),
        ("is:important", HasKeyword("$Important")),
        ("is:draft", HasFlag(DRAFT)),
        ("is:snoozed", InFolder("snoozed")),
        ("is:{unread starred}", Or((Not(HasFlag(SEEN)), HasFlag(FLAGGED)))),
        # what only looks like an operator
        ("http://x.org/", Words("http://x.org/")),
        ("12:30", Words("12:30")),
        ("note:this", Words("note:this")),
        ('"from:ann"', Words("from:ann")),
        # what is not finished
        ('"unclosed phrase', Words("unclosed phrase")),
        ("(a", A),
        ("a)", A),
        ("a) b", And((A, B))),
        ("()", All()),
        ("{} a", A),
        ("OR", All()),
        ("a OR", A),
        ("OR a", A),
        ("-", Words("-")),
        ("-()", All()),
    ],
)
def test_what_is_typed(typed, asked):
    found = read(typed, NOW, me="me@x.org", labels=LABELS)
    assert found.tree == asked
    assert found.problems == ()


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("older_than:banana", "age"),
        ("newer_than:soon", "age"),
        ("older_than:5", "age"),
        ("larger:big", "size"),
        ("smaller:-1", "size"),
        ("before:tomorrow", "day"),
        ("before:2026/02/31", "day"),
        ("after:99999/1/1", "day"),
        ("on:13.13.2026", "day"),
        ("has:nothing", "has"),
        ("has:drive", "elsewhere"),
        ("has:youtube", "elsewhere"),
        ("has:blue-star", "star"),
        ("is:strange", "is"),
        ("is:muted", "is"),
        ("category:promotions", "category"),
        ("header:ü", "header"),
        ("thread:x", "number"),
        ("from:", "empty"),
        ('subject:""', "empty"),
    ],
)
def test_what_makes_no_sense_is_told_and_the_rest_is_searched(typed, kind):
    found = read(f"{typed} -{typed} rest", NOW)
    assert {problem.kind for problem in found.problems} == {kind}
    assert found.tree == Words("rest")


def test_around_without_a_number_is_two_words():
    found = read("a AROUND soon", NOW)
    assert found.problems == (Problem("AROUND soon", "distance"),)
    assert found.tree == And((A, Words("soon")))


def test_problems_repeat_what_was_typed_once():
    found = read('is:"quite new" a OR larger:x larger:x', NOW)
    assert found.problems == (Problem('is:"quite new"', "is"), Problem("larger:x", "size"))
    assert found.tree == A


@pytest.mark.parametrize("typed", ["larger:x", "-larger:x", "(larger:x)", "{larger:x}", "-(is:x {is:y})"])
def test_nothing_but_nonsense_asks_nothing(typed):
    assert read(typed, NOW).is_empty


@pytest.mark.parametrize(
    ("zone", "typed", "first", "last"),
    [
        # (midnight there, in UTC)
        ("Europe/Berlin", "on:2026/07/01", (2026, 6, 30, 22), (2026, 7, 1, 22)),
        ("Asia/Kolkata", "on:2026/07/01", (2026, 6, 30, 18, 30), (2026, 7, 1, 18, 30)),
        ("America/Los_Angeles", "on:today", (2026, 11, 21, 8), (2026, 11, 22, 8)),
        ("America/Los_Angeles", "on:yesterday", (2026, 11, 20, 8), (2026, 11, 21, 8)),
        ("Pacific/Kiritimati", "on:today", (2026, 11, 21, 10), (2026, 11, 22, 10)),
        ("Europe/Berlin", "on:2026/03/29", (2026, 3, 28, 23), (2026, 3, 29, 22)),  # a day of 23 hours
    ],
)
def test_days_begin_at_midnight_where_the_reader_is(zone, typed, first, last):
    expected = [int(datetime(*moment, tzinfo=UTC).timestamp()) for moment in (first, last)]
    now = NOW.astimezone(ZoneInfo(zone))
    assert parse(typed, now) == And((NotEarlier(expected[0]), Earlier(expected[1])))


def test_there_are_as_many_operators_as_promised():
    named = {name for name in OPERATORS if name != "category"}
    assert len(named) >= 25


@given(st.text(alphabet='ab ":(){}-+OR|fromAUND5ish', max_size=80))
def test_nothing_typed_is_an_error(typed):
    parse(typed, NOW)


@pytest.mark.parametrize(
    "typed",
    ["(" * 2000, "-" * 2000, "{" * 1000 + "a", "a OR " * 400, '"' * 2000, "from:(" * 300, "x" * 100_000],
)
def test_hostile_typing_is_bounded(typed):
    began = time.process_time()
    parse(typed, NOW)
    assert time.process_time() - began < 1
