"""Dates, flags, responses, LIST and FETCH arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mailcore.imap.wire import dates, fetch_items, flags, list_options, response
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.models import entry


@pytest.mark.parametrize(
    "octets, moment",
    [
        (b'"17-Jul-1996 02:44:25 -0700"', datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b'" 1-Feb-2026 00:00:00 +0530"', datetime(2026, 1, 31, 18, 30, tzinfo=UTC)),
        (b'"31-dec-2026 23:59:60 +0000"', datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_date_times(octets, moment):
    assert dates.date_time(Reader(octets)) == moment
    assert dates.date_time(Reader(dates.written(moment))) == moment


@pytest.mark.parametrize(
    "octets",
    [b"", b'"x"', b'"30-Feb-2026 00:00:00 +0000"', b'"01-Foo-2026 00:00:00 +0000"', b'"01-Jan-0001 00:00:00 +2300"',
     b'"01-Jan-2026 25:00:00 +0000"', b'"01-Jan-2026 00:00:00 +9999"', b'"1-Jan-2026 00:00:00 +0000"'],
)  # fmt: skip
def test_what_is_no_date_time(octets):
    with pytest.raises(Malformed):
        dates.date_time(Reader(octets))


def test_days():
    assert dates.search_date(Reader(b"1-Feb-1994")) == date(1994, 2, 1)
    assert dates.search_date(Reader(b'"29-FEB-2024"')) == date(2024, 2, 29)
    for broken in (b"29-Feb-2023", b"1-2-1994", b"0-Jan-2026", b"1-Jan-26", b"x"):
        with pytest.raises(Malformed):
            dates.search_date(Reader(broken))


def test_the_bits_are_the_bits_of_the_rows():
    for bit, name in entry.FLAG_NAMES.items():
        assert flags.BITS[name.upper()] == bit


@pytest.mark.parametrize(
    "octets, bits, keywords",
    [
        (b"()", 0, ()),
        (b"(\\Seen \\flagged)", 5, ()),
        (b"($Junk $work)", 0, ("$Junk", "$work")),
        (b"($JUNK)", 0, ("$Junk",)),
        (b"(\\Recent \\Deleted)", 8, ()),
    ],
)
def test_flag_lists(octets, bits, keywords):
    assert flags.flag_list(Reader(octets)) == flags.Flags(bits, frozenset(keywords))


@pytest.mark.parametrize(
    "octets", [b"", b"(\\Nonsense)", b"(\\)", b"(a", b"(a] b)", b"(\\Seen(", b"(" + b"x" * 101 + b")",
               b"(" + b" ".join(b"k%d" % n for n in range(101)) + b")"]
)  # fmt: skip
def test_what_is_no_flag_list(octets):
    with pytest.raises(Malformed):
        reader = Reader(octets)
        flags.flag_list(reader)
        reader.end()


def test_flags_are_written_as_they_are_kept():
    assert flags.written(0, "") == b"()"
    assert flags.written(9, "$Junk a") == b"(\\Deleted \\Seen $Junk a)"


def test_nothing_from_outside_breaks_out_of_a_response():
    assert response.string(b'a"b\\c') == b'"a\\"b\\\\c"'
    assert response.string(b"a\r\n* OK") == b"{7}\r\na\r\n* OK"
    assert response.string("é".encode()) == b"{2}\r\n\xc3\xa9"
    assert response.string("é".encode(), utf8=True) == b'"\xc3\xa9"'
    assert response.nstring(None) == b"NIL"
    assert response.status("a", "NO", "x\r\n* BYE\0") == b"a NO x * BYE \r\n"


@pytest.mark.parametrize(
    "octets, label",
    [
        (b"BODY[]", b"BODY[]"),
        (
            b'body.peek[1.2.header.fields (subject "x y" {4}\r\nDate)]<5.10>',
            b'BODY[1.2.HEADER.FIELDS (SUBJECT "X Y" DATE)]<5>',
        ),
        (b"BINARY[3]<0.5>", b"BINARY[3]<0>"),
        (b"RFC822.HEADER", b"RFC822.HEADER"),
    ],
)
def test_section_labels(octets, label):
    reader = Reader(octets)
    [section] = fetch_items.fetch_items(reader).sections
    assert section.label == label
    assert reader.at_end()


def test_only_reading_sets_seen():
    def sets(octets: bytes) -> bool:
        return fetch_items.fetch_items(Reader(octets)).sets_seen()

    assert sets(b"BODY[]") and sets(b"RFC822") and sets(b"RFC822.TEXT") and sets(b"BINARY[1]")
    assert not any(
        map(sets, (b"BODY.PEEK[]", b"RFC822.HEADER", b"BODY", b"BINARY.SIZE[1]", b"BINARY.PEEK[1]"))
    )


def test_list_requests():
    asked = list_options.list_request(
        Reader(b'(SUBSCRIBED) "" (INBOX "a*") RETURN (CHILDREN STATUS (MESSAGES UNSEEN) SUBSCRIBED)')
    )
    assert asked.selects == {"SUBSCRIBED"} and asked.patterns == ["INBOX", "a*"]
    assert asked.status_items == ["MESSAGES", "UNSEEN"] and "CHILDREN" in asked.returns
    plain = list_options.list_request(Reader(b'"" %'))
    assert not plain.is_extended and plain.patterns == ["%"]
