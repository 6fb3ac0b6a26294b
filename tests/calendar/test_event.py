"""Invitations read: methods, zones, whole days, rules in words; hostile ones bounded."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

from mailcore.calendar.event import Unreadable, read
from mailcore.calendar.reply import reply
from webmail.rendering.invitations import repeats


def ics(*lines, method="REQUEST", before=""):
    body = "\r\n".join(["UID:tea@far.test", "DTSTAMP:20261101T100000Z", "SUMMARY:Tea\\, at four", *lines])
    return (
        f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\n{before}BEGIN:VEVENT\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


STARTS = [
    (["DTSTART:20261201T150000Z"], datetime(2026, 12, 1, 15, tzinfo=UTC)),
    (["DTSTART;TZID=Europe/Berlin:20261201T150000"], datetime(2026, 12, 1, 14, tzinfo=UTC)),
    (["DTSTART;TZID=W. Europe Standard Time:20261201T150000"], datetime(2026, 12, 1, 14, tzinfo=UTC)),
]


@pytest.mark.parametrize(("lines", "moment"), STARTS)
def test_times_in_zones(lines, moment):
    event = read(ics(*lines, "DURATION:PT1H"))
    assert event.start == moment
    assert event.end - event.start == timedelta(hours=1)
    assert event.summary == "Tea, at four"


def test_whole_days_end_on_their_last():
    event = read(ics("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203"))
    assert (event.is_all_day, event.start, event.end) == (True, date(2026, 12, 1), date(2026, 12, 2))


def test_a_zone_of_ones_own_is_its_offset_and_its_rules_are_never_run():
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
        "TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    begin = time.monotonic()
    event = read(ics("DTSTART;TZID=Mine:20261201T150000", "RRULE:FREQ=SECONDLY", before=zone))
    assert time.monotonic() - begin < 1
    assert event.start.astimezone(UTC) == datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


RULES = [
    ("FREQ=WEEKLY;BYDAY=MO,WE", "Repeats every week on Monday and Wednesday"),
    ("FREQ=DAILY;INTERVAL=2;COUNT=5", "Repeats every 2 days, 5 times"),
    ("FREQ=MONTHLY;BYMONTHDAY=1", "Repeats every month on day 1 of the month"),
    ("FREQ=YEARLY;UNTIL=20290301T000000Z", "Repeats every year until 1 March 2029"),
    ("FREQ=MONTHLY;BYDAY=2TU", "Repeats every month on certain days"),
    ("FREQ=SECONDLY", "Repeats by a rule of its own"),
]


@pytest.mark.parametrize(("rule", "sentence"), RULES)
def test_rules_in_words(rule, sentence):
    assert repeats(read(ics("DTSTART:20261201T150000Z", f"RRULE:{rule}"))) == sentence


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\n",
        b"\xff\xfe\x00",
        b"x" * 600_000,
        b"BEGIN:VCALENDAR\r\n" * 2_000,
        ics().replace(b"UID:tea@far.test\r\n", b""),
    ],
)
def test_what_is_none(octets):
    with pytest.raises(Unreadable):
        read(octets)


@pytest.mark.parametrize(
    "line", ["DTSTART:nonsense", "DURATION:P99999999999D", "SEQUENCE:x", "RRULE:FREQ=x;;;=", "ATTENDEE:"]
)
def test_nonsense_within_is_left_out_or_refused(line):
    with suppress(Unreadable):
        read(ics(line))


def test_a_thousand_zones_without_ends_are_linear():
    begin = time.monotonic()
    with pytest.raises(Unreadable):
        read(b"BEGIN:VTIMEZONE\r\n" * 20_000)
    assert time.monotonic() - begin < 2


def test_the_reply_names_one_attendee():
    event = read(
        ics(
            "DTSTART:20261201T150000Z",
            "SEQUENCE:3",
            "ORGANIZER;CN=Bob:mailto:bob@far.test",
            "ATTENDEE:mailto:ann@x.test",
        )
    )
    text = reply(
        event, "alice@example.org", "Alice", "declined", "Sorry\nno", datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert "METHOD:REPLY" in text
    assert "ATTENDEE;CN=Alice;PARTSTAT=DECLINED:mailto:alice@example.org" in text
    assert "ORGANIZER;CN=Bob:mailto:bob@far.test" in text
    assert "SEQUENCE:3" in text
    assert "COMMENT:Sorry\\nno" in text
    assert "ann@x.test" not in text
