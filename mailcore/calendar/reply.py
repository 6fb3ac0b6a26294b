"""What an attendee sends back: the iTIP REPLY of RFC 5546 §3.2.3."""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, vCalAddress, vText
from icalendar import Event as Component

from mailcore.calendar.event import Event

PRODUCT = "-//Posthorn//EN"
_COPIED = ("uid", "recurrence-id", "dtstart", "dtend", "due", "summary", "location", "organizer", "sequence")


def reply(event: Event, address: str, name: str, answer: str, comment: str, at: datetime) -> str:
    """The calendar text. Organizer, times and the rest are those of the invitation, as they came."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "REPLY")
    part = Component()
    for field in _COPIED:
        value = event.source.get(field) if event.source is not None else None
        # A time in a zone needs the zone's definition beside it; but which occurrence is meant must be said.
        if value is not None and (field == "recurrence-id" or "TZID" not in getattr(value, "params", {})):
            part[field] = value
    part.add("dtstamp", at)
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["PARTSTAT"] = vText(answer.upper())
    if name:
        attendee.params["CN"] = vText(name)
    part.add("attendee", attendee, encode=False)
    if comment:
        part.add("comment", comment)
    calendar.add_component(part)
    return str(calendar.to_ical().decode())
