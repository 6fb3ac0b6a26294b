"""RFC 5322 §3.3, §4.3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailcore.message.dates import parse, render


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06"),
        ("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06"),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", None),
        ("Thu, 13 Feb 1969 23:32 -0330", None),  # before e-mail
        ("Fri, 21 Nov 1997 09:55 +0100 (CET)", "1997-11-21T08:55:00"),
        ("21 Nov 1997 09:55:06 EST", "1997-11-21T14:55:06"),
        ("21 Nov 1997 09:55:06 XYZ", "1997-11-21T09:55:06"),
        ("Fri Nov 21 09:55:06 1997", "1997-11-21T09:55:06"),
        ("Fri Nov 21 09:55:06 EST 1997", "1997-11-21T14:55:06"),
        ("Fri Nov 21 09:55:06 1997 +0100", "1997-11-21T08:55:06"),
        ("1997-11-21T09:55:06Z", "1997-11-21T09:55:06"),
        ("1997-11-21 09:55:06 +01:00", "1997-11-21T08:55:06"),
        ("Fri, 21-Nov-1997 09:55:06 GMT", "1997-11-21T09:55:06"),
        ("Fri,21 Nov 1997 9:5:6 +0000", "1997-11-21T09:05:06"),
        ("Fri, 21 Nov 1997 23:59:60 +0000", "1997-11-21T23:59:59"),
        ("Fri, 21 Nov 1997 01:02:03 PM +0000", "1997-11-21T13:02:03"),
        ("Fri, 21 Nov 101 09:55:06 +0000", "2001-11-21T09:55:06"),
        ("Fri, 21 Nov 1997 09:55:06 +9999", "1997-11-21T09:55:06"),
        ("Mon, 1 Jan 300000000 00:00:00 +0000", None),
        ("Mon, 1 Jan 0001 00:00:00 +2359", None),
        ("Mon, 1 Jan 9999 00:00:00 +0000", None),
        ("Mon, 31 Feb 2020 00:00:00 +0000", None),
        ("Mon, 1 Jan 2020 25:00:00 +0000", None),
        ("tomorrow", None),
        ("", None),
        ("(" * 5000, None),
        ("1" * 5000, None),
    ],
)
def test_a_date_is_read_or_is_none(value, expected):
    moment = parse(value)
    assert (moment and moment.astimezone(UTC).replace(tzinfo=None).isoformat()) == expected


def test_the_zone_is_kept():
    moment = parse("Fri, 21 Nov 1997 09:55:06 -0330")
    assert moment.utcoffset() == -timedelta(hours=3, minutes=30)


def test_a_date_is_written_in_english():
    moment = datetime(2026, 3, 5, 7, 8, 9, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    assert render(moment) == "Thu, 5 Mar 2026 07:08:09 -0330"
    assert parse(render(moment)) == moment
