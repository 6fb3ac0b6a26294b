"""One invitation, read from its text: RFC 5545 §3.6.1, the methods of RFC 5546 §1.4. Raises Unreadable alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Calendar
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mailcore.message.headers import visible

MOST_OCTETS = 512 * 1024
MOST_ATTENDEES = 500
MOST_TEXT = 4_000
MOST_COMPONENTS = 200
METHODS = ("PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER")
ANSWERS = ("accepted", "tentative", "declined")
_TZID = re.compile(r"^TZID[^:\r\n]*:([^\r\n]{1,200})", re.MULTILINE | re.IGNORECASE)
_OFFSET = re.compile(r"^TZOFFSETTO:([+-])(\d\d)(\d\d)", re.MULTILINE | re.IGNORECASE)
_LONGEST_ZONE = 4_000
_FOLD = re.compile(r"\r?\n[ \t]")


class Unreadable(Exception):
    """Not an invitation, or more of one than we read."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is asked, or who asks."""

    address: str
    name: str = ""
    state: str = "needs-action"  # PARTSTAT in lower case
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """What the invitation says. `start` and `end` are dates for whole days, else moments with a zone, or without."""

    method: str
    uid: str
    sequence: int = 0
    recurrence: str = ""  # RECURRENCE-ID as written
    stamp: int = 0
    summary: str = ""
    location: str = ""
    description: str = ""
    comment: str = ""
    start: datetime | date | None = None
    end: datetime | date | None = None  # the last moment; for whole days the last day
    zone: str = ""
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    rule: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # RRULE, parts in capitals
    is_cancelled: bool = False
    others: int = 0  # further events in the same part
    source: Any = None  # the component, for the reply

    @property
    def is_all_day(self) -> bool:
        return isinstance(self.start, date) and not isinstance(self.start, datetime)


def read(octets: bytes, method: str = "") -> Event:
    """The first event of a part; `method` is what its Content-Type says. Raises Unreadable."""
    if len(octets) > MOST_OCTETS:
        raise Unreadable("too big")
    text = octets.decode("utf-8-sig", "replace").replace("\0", "")
    text, zones = _apart(text, "VTIMEZONE")
    text, _ = _apart(text, "VALARM")
    offsets = {name: offset for zone in zones[:50] for name, offset in _offset(zone)}
    if text.upper().count("BEGIN:") > MOST_COMPONENTS:
        raise Unreadable("too many components")
    try:
        calendar = Calendar.from_ical(text)
        return _event(calendar, method, offsets)
    except Unreadable:
        raise
    except Exception as problem:  # a library of many thousand lines met a stranger's text
        raise Unreadable(str(problem)[:200]) from problem


def _apart(text: str, name: str) -> tuple[str, list[str]]:
    """The text without components of that name, and they; one without an end goes on to the end. Linear."""
    kept: list[str] = []
    found: list[list[str]] = []
    is_inside = False
    for line in text.splitlines(keepends=True):
        said = line.strip().upper()
        if said == f"BEGIN:{name}" and not is_inside:
            is_inside = True
            found.append([])
        if is_inside:
            found[-1].append(line)
        else:
            kept.append(line)
        if said == f"END:{name}":
            is_inside = False
    return "".join(kept), ["".join(lines) for lines in found]


def _event(calendar: Any, method: str, offsets: Mapping[str, timezone]) -> Event:
    found = [part for part in calendar.walk() if part.name in ("VEVENT", "VTODO")]
    if not found:
        raise Unreadable("no event")
    part = found[0]
    said = str(calendar.get("method", "") or method).upper()
    uid = _text(part, "uid")[:255]
    if not uid:
        raise Unreadable("no UID")
    start, zone = _moment(part.get("dtstart") or part.get("due"), offsets)
    stamp, _ = _moment(part.get("dtstamp"), offsets)
    recurrence = part.get("recurrence-id")
    return Event(
        method=said if said in METHODS else "PUBLISH",
        uid=uid,
        sequence=_number(part.get("sequence", 0)),
        recurrence=_line(recurrence.to_ical().decode())[:64] if recurrence is not None else "",
        stamp=int(stamp.timestamp()) if isinstance(stamp, datetime) and stamp.tzinfo else 0,
        summary=_line(_text(part, "summary"))[:500],
        location=_line(_text(part, "location"))[:500],
        description=_text(part, "description")[:MOST_TEXT],
        comment=_text(part, "comment")[:MOST_TEXT],
        start=start,
        end=_end(part, start, offsets),
        zone=zone,
        organizer=_attendee(part.get("organizer")),
        attendees=_attendees(part.get("attendee")),
        rule=_rule(part.get("rrule")),
        is_cancelled=said == "CANCEL" or _text(part, "status").upper() == "CANCELLED",
        others=len(found) - 1,
        source=part,
    )


def _text(part: Any, name: str) -> str:
    value = part.get(name)
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "").replace("\r\n", "\n").strip()


def _line(text: str) -> str:
    return visible(text.replace("\n", " "))


def _number(value: Any) -> int:
    try:
        return max(0, min(int(value), 2**31))
    except (TypeError, ValueError):
        return 0


def _moment(value: Any, offsets: Mapping[str, timezone]) -> tuple[datetime | date | None, str]:
    """A moment in its zone, and the zone's name; a moment without a zone is the reader's own ("floating")."""
    if isinstance(value, list):
        value = value[0] if value else None
    found = getattr(value, "dt", None)
    if not isinstance(found, date):
        return None, ""
    if not isinstance(found, datetime):
        return found, ""
    name = str(getattr(value, "params", {}).get("TZID", ""))[:200]
    if found.utcoffset() == timedelta(0) and not name:
        return found.astimezone(UTC), ""
    if name:
        zone = _zone(name, offsets)
        if zone is not None:
            return found.replace(tzinfo=zone), name
    return found, name


def _zone(name: str, offsets: Mapping[str, timezone]) -> tzinfo | None:
    """By its name; else by the offset that the invitation itself gives it."""
    plain = name.strip('"')
    for candidate in (plain, WINDOWS_TO_OLSON.get(plain, ""), "/".join(plain.split("/")[-2:])):
        try:
            if candidate and not candidate.startswith("/") and ".." not in candidate:
                return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return offsets.get(name)


def _offset(zone: str) -> list[tuple[str, timezone]]:
    """(TZID, standard offset) of a definition, whatever else stands in it."""
    zone = _FOLD.sub("", zone[:_LONGEST_ZONE])
    standard = max(zone.upper().find("BEGIN:STANDARD"), 0)
    name, offset = _TZID.search(zone), _OFFSET.search(zone, standard)
    if name is None or offset is None:
        return []
    minutes = min(int(offset[2]) * 60 + int(offset[3]), 14 * 60)
    return [(name[1].strip(), timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes)))]


def _end(part: Any, start: datetime | date | None, offsets: Mapping[str, timezone]) -> datetime | date | None:
    end, _ = _moment(part.get("dtend") or part.get("due"), offsets)
    if end is None and start is not None:
        lasts = getattr(part.get("duration"), "dt", None)
        if isinstance(lasts, timedelta) and timedelta(0) <= lasts < timedelta(days=3660):
            end = start + lasts
    if end is None or start is None:
        return end
    if isinstance(end, datetime) != isinstance(start, datetime):
        return None
    if not isinstance(end, datetime):  # DTEND is the first day after: RFC 5545 §3.6.1
        return max(end - timedelta(days=1), start)
    if isinstance(start, datetime) and (end.tzinfo is None) != (start.tzinfo is None):
        return None
    return end


def _attendee(value: Any) -> Attendee | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None:
        return None
    written = str(value).strip()
    address = written[7:] if written.lower().startswith("mailto:") else ""
    parameters = getattr(value, "params", {})
    return Attendee(
        address=_line(address)[:254],
        name=_line(str(parameters.get("CN", "")).strip('"'))[:200],
        state=str(parameters.get("PARTSTAT", "NEEDS-ACTION")).lower()[:20],
        is_optional=str(parameters.get("ROLE", "")).upper() == "OPT-PARTICIPANT",
    )


def _attendees(value: Any) -> tuple[Attendee, ...]:
    values = value if isinstance(value, list) else [value] if value is not None else []
    return tuple(one for item in values[:MOST_ATTENDEES] if (one := _attendee(item)) is not None)


def _rule(value: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for name, given in list(value.items())[:20]:
        values = given if isinstance(given, list) else [given]
        found[str(name).upper()] = tuple(_rule_value(one) for one in values[:50])
    return found


def _rule_value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d")
    return value.isoformat() if isinstance(value, date) else str(value)[:40]


def moment(value: datetime | date, here: tzinfo) -> datetime:
    """As a moment in the reader's zone: floating times are theirs, days begin at midnight."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(0), here)
    return value.astimezone(here) if value.tzinfo is not None else value.replace(tzinfo=here)
