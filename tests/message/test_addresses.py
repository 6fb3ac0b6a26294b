"""RFC 5322 §3.4 and §4.4, and what is seen instead."""

from __future__ import annotations

import time

import pytest

from mailcore.message.addresses import Group, Mailbox, display, parse, parse_one, show


def flat(found):
    return [
        (one.name, [(m.name, m.local, m.domain) for m in one.members])
        if isinstance(one, Group)
        else (one.name, one.local, one.domain)
        for one in found
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        ("ann@x.org", [("", "ann", "x.org")]),
        (" ann@x.org , bob@y.org ", [("", "ann", "x.org"), ("", "bob", "y.org")]),
        ("Ann Lee <ann@x.org>", [("Ann Lee", "ann", "x.org")]),
        ('"Lee, Ann" <ann@x.org>', [("Lee, Ann", "ann", "x.org")]),
        (r'"Ann \"A\" Lee" <ann@x.org>', [('Ann "A" Lee', "ann", "x.org")]),
        ("<ann@x.org>", [("", "ann", "x.org")]),
        ("ann@x.org (Ann Lee)", [("Ann Lee", "ann", "x.org")]),
        ("Ann (the (first)) Lee <ann@x.org>", [("Ann Lee", "ann", "x.org")]),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?= <g@x.org>", [("Grüße", "g", "x.org")]),
        ("=?utf-8?q?Lee,_Ann?= <ann@x.org>", [("Lee, Ann", "ann", "x.org")]),
        ('"=?utf-8?q?Gr=C3=BC=C3=9Fe?=" <g@x.org>', [("Grüße", "g", "x.org")]),
        ('"ann lee"@x.org', [("", "ann lee", "x.org")]),
        ("ann @ x . org", [("", "ann", "x.org")]),
        ("ann.lee@[192.0.2.1]", [("", "ann.lee", "[192.0.2.1]")]),
        ("Dr. Ann Q. Lee <ann@x.org>", [("Dr. Ann Q. Lee", "ann", "x.org")]),
        ("Ann Lee ann@x.org", [("Ann Lee", "ann", "x.org")]),
        ("<@a.org,@b.org:ann@x.org>", [("", "ann", "x.org")]),
        ("ann@x.org,,bob@y.org,", [("", "ann", "x.org"), ("", "bob", "y.org")]),
        ("ann@x.org; bob@y.org", [("", "ann", "x.org"), ("", "bob", "y.org")]),
        (
            "friends: ann@x.org, Bob <bob@y.org>;",
            [("friends", [("", "ann", "x.org"), ("Bob", "bob", "y.org")])],
        ),
        ("undisclosed-recipients:;", [("undisclosed-recipients", [])]),
        ("a: x@x.org;, b@y.org", [("a", [("", "x", "x.org")]), ("", "b", "y.org")]),
        ("Ann <ann@x.org", [("Ann", "ann", "x.org")]),
        ("Ann <ann@x.org, bob@y.org", [("Ann", "ann", "x.org"), ("", "bob", "y.org")]),
        ("potus@whitehouse.gov <evil@x.org>", [("potus@whitehouse.gov", "evil", "x.org")]),
        ("root", [("", "root", "")]),
        ("josé@例え.jp", [("", "josé", "例え.jp")]),
        ("Ann Lee <>", [("Ann Lee", "", "")]),
        ("MAILER-DAEMON (Mail Delivery System)", [("Mail Delivery System", "MAILER-DAEMON", "")]),
    ],
)
def test_an_address_list_is_read(value, expected):
    assert flat(parse(value)) == expected


def test_a_folded_field_is_one_list():
    assert flat(parse(b" Ann <ann@x.org>,\r\n\tBob <bob@y.org>\r\n")) == [
        ("Ann", "ann", "x.org"),
        ("Bob", "bob", "y.org"),
    ]


def test_a_route_is_kept_for_the_envelope():
    assert parse("<@a.org,@b.org:ann@x.org>") == [Mailbox("", "ann", "x.org", "@a.org,@b.org")]


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("", "ann@x.org", "ann@x.org"),
        ("Ann Lee", "ann@x.org", "Ann Lee <ann@x.org>"),
        ("Lee, Ann", "ann@x.org", '"Lee, Ann" <ann@x.org>'),
        ('A "B" \\', "ann@x.org", r'"A \"B\" \\" <ann@x.org>'),
        ("Änn", "ann@x.org", "Änn <ann@x.org>"),
    ],
)
def test_what_is_shown_can_be_read_again(name, address, shown):
    assert display(name, address) == shown
    (read,) = parse(shown)
    assert (read.name, read.address) == (name, address)


def test_a_local_part_gets_its_quotes_back():
    assert parse('"ann lee"@x.org')[0].address == '"ann lee"@x.org'
    assert parse('".ann"@x.org')[0].address == '".ann"@x.org'


def test_a_list_is_cut_between_addresses():
    people = parse(", ".join(f"u{number}@example.org" for number in range(100)))
    shown = show(people, 50)
    assert shown == "u0@example.org, u1@example.org, u2@example.org"


def test_one_mailbox_or_nothing():
    assert parse_one("Ann <ann@x.org>") == Mailbox("Ann", "ann", "x.org")
    assert parse_one("ann@x.org, bob@y.org") is None
    assert parse_one("ann") is None
    assert parse_one("") is None


@pytest.mark.parametrize(
    "value",
    [
        "(" * 60_000 + "ann@x.org",
        "(" * 60_000 + ")" * 60_000 + "ann@x.org",
        '"' * 60_001,
        '" \\' * 60_000,
        "<" * 60_000,
        "a:" * 60_000,
        "a@" * 60_000,
        "," * 60_000,
        "[" * 60_000,
        "<" + "@a," * 60_000 + ":x@y>",
        "=?a?q?" * 60_000,
        ", ".join(f"User {number} <u{number}@example.org>" for number in range(100_000)),
        " ".join(f"g{number}: a@b, c@d;" for number in range(30_000)),
    ],
    ids=lambda value: value[:12],
)
def test_hostile_lists_cost_no_more_than_their_length(value):
    """SECURITY C05."""
    began = time.process_time()
    found = parse(value)
    assert time.process_time() - began < 3
    assert len(found) <= 10_000
