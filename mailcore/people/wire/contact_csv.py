"""Address books as tables: what Google, Outlook and Thunderbird write, read by the names of the columns (RFC 4180).

A cell that a spreadsheet would take for a formula leaves with an apostrophe before it, and comes back without
(SECURITY D26).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mailcore.people.wire.card import Card, Found, Item, clean

MOST_ROWS = 20_000
MOST_COLUMNS = 300
LONGEST_CELL = 64 << 10
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBERED = re.compile(r"(e-mail|email|phone|address|website|organization) (\d+) - (.+)")
_SEVERAL = " ::: "  # Google's, within one cell

# Column → field of Card; the first that holds something counts.
_SINGLE = {
    "given": ("first name", "given name"),
    "middle": ("middle name", "additional name"),
    "family": ("last name", "family name"),
    "prefix": ("name prefix", "title", "honorific prefix"),
    "suffix": ("name suffix", "suffix", "honorific suffix"),
    "name": ("name", "display name", "full name", "file as"),
    "nickname": ("nickname",),
    "organisation": ("organization name", "organization", "company"),
    "title": ("organization title", "job title"),
    "birthday": ("birthday",),
    "notes": ("notes",),
}
_ADDRESSES = {
    "e-mail address": "", "email": "", "email address": "", "primary email": "", "e-mail 2 address": "",
    "e-mail 3 address": "", "secondary email": "", "additional email": "", "e-mail": "", "mail": "",
}  # fmt: skip
_PHONES = {
    "mobile phone": "mobile", "mobile number": "mobile", "cell phone": "mobile", "home phone": "home",
    "home phone 2": "home", "business phone": "work", "business phone 2": "work", "work phone": "work",
    "primary phone": "main", "other phone": "other", "fax number": "fax", "business fax": "fax", "home fax": "fax",
    "phone": "",
}  # fmt: skip
_SITES = {"web page": "", "website": "", "personal web page": "home", "web page 1": "", "web page 2": ""}
_PLACES = (  # label, the columns that make its lines
    (
        "home",
        ("home street", "home address", "home city", "home state", "home postal code", "home zipcode")
        + ("home country/region", "home country"),
    ),
    (
        "work",
        ("business street", "work address", "business city", "work city", "business state", "work state")
        + ("business postal code", "work zipcode", "business country/region", "work country"),
    ),
    ("other", ("other street", "other city", "other state", "other postal code", "other country/region")),
)
_GROUPS = ("labels", "group membership", "categories")
_SYSTEM = re.compile(r"\* ?my ?contacts|\* ?starred|\* ?friends|\* ?coworkers|\* ?family|\* ?other", re.I)


class NotTable(Exception):
    """No column is one of an address book's."""


def read(octets: bytes) -> list[Found]:
    """Every row as a card. Raises NotTable."""
    text = _decoded(octets)
    head = text.partition("\n")[0]
    separator = max((",", ";", "\t"), key=head.count)
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        columns = [name.strip().lower() for name in next(rows, [])[:MOST_COLUMNS]]
        if not _is_address_book(columns):
            raise NotTable
        found = []
        for row in rows:
            one = _card(_cells(columns, row))
            if not one.card.is_empty:
                found.append(one)
            if len(found) == MOST_ROWS:
                break
    except csv.Error as problem:
        raise NotTable from problem
    return found


def write(found: Iterable[Found]) -> str:
    """Google's columns, which the others read as well; as many of each as the richest card needs."""
    people = list(found)
    counts = {
        name: max([1, *(len(getattr(one.card, name)) for one in people)])
        for name in ("addresses", "phones", "places", "websites")
    }
    columns = [
        "Name Prefix", "First Name", "Middle Name", "Last Name", "Name Suffix", "Nickname", "Organization Name",
        "Organization Title", "Birthday", "Notes", "Labels",
    ]  # fmt: skip
    kinds = (
        ("addresses", "E-mail", "Value"),
        ("phones", "Phone", "Value"),
        ("places", "Address", "Formatted"),
        ("websites", "Website", "Value"),
    )
    for name, kind, value in kinds:
        for number in range(1, counts[name] + 1):
            columns += [f"{kind} {number} - Label", f"{kind} {number} - {value}"]
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(columns)
    for one in people:
        card = one.card
        has_parts = card.given or card.family
        row = [
            card.prefix, card.given if has_parts else card.label, card.middle, card.family, card.suffix,
            card.nickname, card.organisation, card.title, card.birthday, card.notes, _SEVERAL.join(one.groups),
        ]  # fmt: skip
        for name, _kind, _value in kinds:
            items = list(getattr(card, name))
            for item in items + [Item("")] * (counts[name] - len(items)):
                row += [item.label, item.value]
        sheet.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _decoded(octets: bytes) -> str:
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return octets.decode("utf-16", "replace").replace("\0", "")
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = octets.decode("cp1252", "replace")  # Outlook on an old Windows
    return text.replace("\0", "")


def _is_address_book(columns: list[str]) -> bool:
    known = {name for names in _SINGLE.values() for name in names} - {"title", "notes", "name"}
    return any(name in known | _ADDRESSES.keys() or _NUMBERED.match(name) for name in columns)


def _cells(columns: list[str], row: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, cell in zip(columns, row, strict=False):
        value = _plain(cell)
        if value and name not in found:
            found[name] = value
    return found


def _card(cells: dict[str, str]) -> Found:
    single: dict[str, str] = {
        field: next((cells[name] for name in names if name in cells), "") for field, names in _SINGLE.items()
    }
    many: dict[str, list[Item]] = {"addresses": [], "phones": [], "places": [], "websites": []}
    for names, where in ((_ADDRESSES, "addresses"), (_PHONES, "phones"), (_SITES, "websites")):
        many[where] += [Item(cells[name], label) for name, label in names.items() if name in cells]
    for label, parts in _PLACES:
        lines = [cells[name] for name in parts if name in cells]
        if lines:
            many["places"].append(Item("\n".join(lines), label))
    _numbered(cells, many, single)
    single["birthday"] = _day(single["birthday"])
    groups = [
        name.strip()
        for column in _GROUPS
        for name in re.split(r" ::: |;", cells.get(column, ""))
        if name.strip() and not _SYSTEM.fullmatch(name.strip())
    ]
    values: dict[str, Any] = {**single, **{name: tuple(items) for name, items in many.items()}}
    card = clean(Card(**values))
    return Found(clean(_named(card)), groups=tuple(groups[:100]))


def _numbered(cells: dict[str, str], many: dict[str, list[Item]], single: dict[str, str]) -> None:
    """Google's `E-mail 1 - Value`, `Phone 2 - Type`, …; several values in a cell stand apart by ` ::: `."""
    places = {
        "e-mail": "addresses",
        "email": "addresses",
        "phone": "phones",
        "address": "places",
        "website": "websites",
    }
    for name, value in cells.items():
        match = _NUMBERED.match(name)
        if match is None:
            continue
        kind, number, what = match.groups()
        if kind == "organization":
            field = {"name": "organisation", "title": "title"}.get(what)
            if field and not single[field]:
                single[field] = value
        elif what in ("value", "formatted"):
            label = cells.get(f"{kind} {number} - label") or cells.get(f"{kind} {number} - type") or ""
            label = label.strip("* ").lower()
            many[places[kind]] += [Item(one.strip(), label) for one in value.split(_SEVERAL)]


def _named(card: Card) -> Card:
    return card if card.name else replace(card, name=card.label)


def _day(text: str) -> str:
    if match := re.fullmatch(r"(\d{4}|-)-(\d\d)-(\d\d)", text):
        return text if match[1] != "0000" else f"--{match[2]}-{match[3]}"
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):  # Outlook's, as in America
        return f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}"
    return ""
