"""Delivery reports as sentences: what became of a letter of ours, for each recipient. RFC 3464."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mailcore.message import bodies, delivery_status
from mailcore.message.part import Part
from webmail.rendering.people import clean

MOST_SENTENCES = 20
MAX_REASON = 300
KINDS = ("message/delivery-status", "message/global-delivery-status")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One recipient's fate. `level` chooses the colour of its notice."""

    level: str
    text: str


def sentences(parts: Iterable[Part], fetch: bodies.Fetch) -> list[Sentence]:
    """What the machine's half of a report says."""
    found: list[Sentence] = []
    for part in parts:
        if part.type in KINDS:
            raw = fetch(part.body_start, min(part.size, delivery_status.MAX_OCTETS))
            status = delivery_status.parse(bodies.decoded(raw, part.encoding))
            found += [_sentence(row) for row in status.recipients]
    return found[:MOST_SENTENCES]


def _sentence(row: delivery_status.Recipient) -> Sentence:
    address = clean(row.original or row.address)
    reason = clean(row.diagnostic or row.status)[:MAX_REASON]
    if row.is_failure:
        return Sentence(
            "danger", _("Not delivered to %(address)s: %(reason)s") % {"address": address, "reason": reason}
        )
    if row.action == "delayed":
        text = _("Not yet delivered to %(address)s; it is tried again. %(reason)s")
        return Sentence("warning", (text % {"address": address, "reason": reason}).strip())
    if row.action in ("relayed", "expanded"):
        text = _("Handed on for %(address)s to a system that sends no further reports")
        return Sentence("info", text % {"address": address})
    return Sentence("success", _("Delivered to %(address)s") % {"address": address})
