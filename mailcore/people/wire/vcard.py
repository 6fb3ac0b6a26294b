"""vCards, read and written. RFC 6350 (4.0), RFC 2426 (3.0), and 2.1 as old telephones wrote it.

Read leniently: every version by the same few rules, because files mix them. Nothing that a card points to is ever
fetched. Bounded in every direction: the number of cards, of properties, the length of each; a line is looked at once.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote, unquote_to_bytes

from mailcore.people.wire.card import Card, Found, Item, clean

MOST_CARDS = 20_000
MOST_PROPERTIES = 500
LONGEST_VALUE = 64 << 10
LONGEST_PHOTO = 6 << 20  # base64
FOLD = 75

_HEAD = re.compile(r"(?:[\w-]{1,64}\.)?([A-Za-z0-9-]{1,64})([;:])")
_PARAMETER = re.compile(r'([^;:="]{1,64})(?:=((?:"[^"]{0,1000}"|[^;:"]{0,1000})*))?([;:])')
_GROUPED = re.compile(r"([\w-]{1,64})\.")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_APPLE = re.compile(r"_\$!<(.*)>!\$_")
_LABELS = {
    "cell": "mobile",
    "iphone": "mobile",
    "homepage": "",
    "internet": "",
    "pref": "",
    "voice": "",
    "text": "",
}
_KINDS = ("home", "work", "mobile", "cell", "fax", "pager", "other", "main", "iphone", "car", "school")


@dataclass(slots=True)
class Property:
    """One line of a card: name, parameters by lower-case name, value still escaped; which item it belongs to."""

    name: str
    parameters: dict[str, list[str]]
    value: str
    item: str = ""

    @property
    def text(self) -> str:
        return unescape(self.value)

    def parts(self, separator: str = ";") -> list[str]:
        """The components of a structured value."""
        return [unescape(part).strip() for part in split(self.value, separator)]

    @property
    def kinds(self) -> list[str]:
        return [kind.lower() for kind in self.parameters.get("type", [])]


def read(octets: bytes) -> list[Found]:
    """Every card of a file, in its order; what is no card is passed over."""
    found: list[Found] = []
    card: list[Property] | None = None
    depth = 0
    for line in _properties(_decoded(octets)):
        upper = line.value.strip().upper()
        if line.name == "BEGIN" and upper == "VCARD":
            depth += 1
            if depth == 1:
                card = []
        elif line.name == "END" and upper == "VCARD":
            depth = max(0, depth - 1)
            if depth == 0 and card is not None:
                found.append(_card(card))
                card = None
                if len(found) == MOST_CARDS:
                    break
        elif card is not None and depth == 1 and len(card) < MOST_PROPERTIES:
            card.append(line)
    return [one for one in found if not one.card.is_empty]


def write(found: Found, version: str = "4.0") -> str:
    """One card, CRLF at the end of each line, none longer than 75 octets."""
    card = found.card
    lines = ["BEGIN:VCARD", f"VERSION:{version}"]
    if found.members is not None:
        lines += _group(found, version)
    else:
        lines += [f"FN:{escape(card.label)}"]
        name = (card.family, card.given, card.middle, card.prefix, card.suffix)
        if any(name) or version == "3.0":
            lines.append("N:" + ";".join(map(escape, name)))
        lines += _items(card, version)
        lines += _single(card)
        if found.groups:
            lines.append("CATEGORIES:" + ",".join(map(escape, found.groups)))
        if found.photo:
            data = base64.b64encode(found.photo).decode()
            lines.append(
                f"PHOTO:data:image/jpeg;base64,{data}"
                if version == "4.0"
                else f"PHOTO;ENCODING=b;TYPE=JPEG:{data}"
            )
    if card.uid:
        lines.append(f"UID:{escape(card.uid)}")
    lines.append("END:VCARD")
    return "".join(fold(line) for line in lines)


def _items(card: Card, version: str) -> Iterator[str]:
    for name, items in (("EMAIL", card.addresses), ("TEL", card.phones), ("URL", card.websites)):
        for item in items:
            yield f"{name}{_type(item.label, version)}:{escape(item.value)}"
    for place in card.places:
        # Kept as lines of text: the street says it all, and every reader shows it.
        yield f"ADR{_type(place.label, version)}:;;{escape(place.value)};;;;"


def _single(card: Card) -> Iterator[str]:
    values = {"NICKNAME": card.nickname, "ORG": card.organisation, "TITLE": card.title, "NOTE": card.notes}
    for name, value in values.items():
        if value:
            yield f"{name}:{escape(value)}"
    if card.birthday:
        year, rest = card.birthday[:-6], card.birthday[-5:].replace("-", "")
        yield f"BDAY:{year or '--'}{rest}" if year != "-" else f"BDAY:--{rest}"


def _group(found: Found, version: str) -> Iterator[str]:
    yield f"FN:{escape(found.card.label)}"
    if version == "4.0":
        yield "KIND:group"
        for member in found.members or ():
            yield f"MEMBER:{member if ':' in member else 'urn:uuid:' + member}"
    else:
        yield f"N:{escape(found.card.label)};;;;"
        yield "X-ADDRESSBOOKSERVER-KIND:group"
        for member in found.members or ():
            yield f"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:{member.removeprefix('urn:uuid:')}"


def _type(label: str, version: str) -> str:
    if not label:
        return ""
    word = "cell" if label == "mobile" else label
    if re.fullmatch(r"[A-Za-z0-9-]+", word):
        return f";TYPE={word.upper() if version == '3.0' else word.lower()}"
    return f";TYPE={_quoted(word)}"


def _quoted(word: str) -> str:
    """RFC 6868: what a parameter cannot hold, with a caret before it."""
    return '"' + word.replace("^", "^^").replace("\n", "^n").replace('"', "^'") + '"'


# --- the octets ---------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """RFC 6350 §3.4."""
    for mark, written in (("\\", "\\\\"), ("\n", "\\n"), (",", "\\,"), (";", "\\;")):
        text = text.replace(mark, written)
    return text.replace("\r", "")


def unescape(text: str) -> str:
    """The way back; a backslash before anything else stands for that."""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def split(text: str, separator: str) -> list[str]:
    """At each separator that is not escaped."""
    if "\\" not in text:
        return text.split(separator, 1000)
    parts = re.split(rf"(?<!\\){separator}", text.replace("\\\\", "\x00"), maxsplit=1000)
    return [part.replace("\x00", "\\\\") for part in parts]


def fold(line: str) -> str:
    """In pieces of 75 octets at most, no character torn. RFC 6350 §3.2."""
    pieces: list[str] = []
    piece: list[str] = []
    size = 0
    for character in line:
        octets = len(character.encode("utf-8", "replace"))
        if size + octets > FOLD:
            pieces.append("".join(piece))
            piece, size = [" "], 1
        piece.append(character)
        size += octets
    return "\r\n".join([*pieces, "".join(piece)]) + "\r\n"


def _decoded(octets: bytes) -> str:
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        return octets.decode("utf-16", "replace")
    return octets.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def _properties(text: str) -> Iterator[Property]:
    lines = iter(re.split(r"\r\n|\n|\r", text))
    held: list[str] = []
    is_quoted = False
    for line in lines:
        if is_quoted and held and held[-1].endswith("="):
            held[-1] = held[-1][:-1]  # a soft line break of quoted-printable
            held.append(line)
            continue
        if line[:1] in (" ", "\t") and held:
            held.append(line[1:])
            continue
        if held and (found := _property("".join(held))):
            yield found
        held = [line]
        is_quoted = "QUOTED-PRINTABLE" in line[:200].upper()
    if held and (found := _property("".join(held))):
        yield found


def _property(line: str) -> Property | None:
    head = _HEAD.match(line)
    if head is None:
        return None
    parameters: dict[str, list[str]] = {}
    at, mark = head.end(), head[2]
    while mark == ";":
        parameter = _PARAMETER.match(line, at)
        if parameter is None or len(parameters) > 50:
            return None
        at, mark = parameter.end(), parameter[3]
        name, value = parameter[1].strip().lower(), parameter[2]
        if value is None:  # 2.1: TEL;HOME;VOICE:
            bare = name.upper()
            name, value = (
                ("encoding", bare) if bare in ("QUOTED-PRINTABLE", "BASE64", "8BIT") else ("type", bare)
            )
        # A comma in quotes divides too: "home,work" is how some write two types.
        parameters.setdefault(name, []).extend(
            _caret(one) for one in value.replace('"', "").split(",") if one
        )
    name = head[1].upper()
    value = line[at:]
    if len(value) > (LONGEST_PHOTO if name in ("PHOTO", "LOGO") else LONGEST_VALUE):
        return None
    grouped = _GROUPED.match(line)
    return Property(name, parameters, _transferred(value, parameters), grouped[1].lower() if grouped else "")


def _caret(text: str) -> str:
    return re.sub(r"\^([n^'])", lambda match: {"n": "\n", "^": "^", "'": '"'}[match[1]], text)


def _transferred(value: str, parameters: dict[str, list[str]]) -> str:
    encoding = (parameters.get("encoding") or [""])[0].upper()
    octets = value.encode("utf-8", "surrogateescape")
    if encoding == "QUOTED-PRINTABLE":
        octets = quopri.decodestring(octets)
    charset = (parameters.get("charset") or ["utf-8"])[0]
    if encoding != "QUOTED-PRINTABLE" and charset.lower() in ("utf-8", "utf8") and value.isprintable():
        return value
    for name in (charset, "utf-8", "cp1252"):
        try:
            text = octets.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
        # What was quoted may hold line ends: they are text, not structure.
        return text.replace("\r\n", "\\n").replace("\n", "\\n") if encoding == "QUOTED-PRINTABLE" else text
    return octets.decode("latin-1")


# --- a card of its properties ---------------------------------------------------------------------------------


def _card(properties: list[Property]) -> Found:
    labels = {one.item: one.text for one in properties if one.name == "X-ABLABEL" and one.item}
    many: dict[str, list[tuple[int, Item]]] = {"addresses": [], "phones": [], "places": [], "websites": []}
    single: dict[str, str] = {}
    names: list[str] = []
    groups: list[str] = []
    members: list[str] = []
    photo, is_group = b"", False
    for one in properties:
        match one.name:
            case "EMAIL" | "TEL" | "URL" | "ADR" | "LABEL":
                where = {"EMAIL": "addresses", "TEL": "phones", "URL": "websites"}.get(one.name, "places")
                if value := _place(one) if one.name == "ADR" else _plain(one):
                    many[where].append((_preference(one), Item(value, _label(one, labels))))
            case "N":
                names = names or one.parts()
            case "FN" | "NICKNAME" | "TITLE" | "NOTE" | "UID":
                single.setdefault(one.name, one.text.strip())
            case "ORG":
                single.setdefault("ORG", ", ".join(filter(None, one.parts())))
            case "BDAY":
                single.setdefault("BDAY", _birthday(one))
            case "CATEGORIES":
                groups += [name for name in one.parts(",") if name]
            case "PHOTO":
                photo = photo or _photo(one)
            case "KIND" | "X-ADDRESSBOOKSERVER-KIND":
                is_group = one.text.strip().lower() == "group"
            case "MEMBER" | "X-ADDRESSBOOKSERVER-MEMBER":
                members.append(uid(one.text))
    names += [""] * (5 - len(names))
    card = Card(
        name=single.get("FN", ""),
        family=names[0],
        given=names[1],
        middle=names[2],
        prefix=names[3],
        suffix=names[4],
        nickname=single.get("NICKNAME", ""),
        organisation=single.get("ORG", ""),
        title=single.get("TITLE", ""),
        birthday=single.get("BDAY", ""),
        notes=single.get("NOTE", ""),
        uid=uid(single.get("UID", "")),
        addresses=_ordered(many["addresses"]),
        phones=_ordered(many["phones"]),
        places=_ordered(many["places"]),
        websites=_ordered(many["websites"]),
    )
    card = clean(replace(card, name=card.name or card.label))
    return Found(card, photo, tuple(groups[:100]), tuple(members[:MOST_CARDS]) if is_group else None)


def uid(text: str) -> str:
    """One spelling: `urn:uuid:X` and X are the same."""
    return text.strip().removeprefix("urn:uuid:")[:255]


def _ordered(items: list[tuple[int, Item]]) -> tuple[Item, ...]:
    return tuple(item for _rank, item in sorted(items, key=lambda pair: pair[0]))


def _preference(one: Property) -> int:
    """The preferred one first: PREF=1 (4.0), TYPE=pref (3.0), PREF (2.1)."""
    if "pref" in one.kinds:
        return 0
    rank = (one.parameters.get("pref") or ["101"])[0]
    return int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 4 else 101


def _label(one: Property, labels: dict[str, str]) -> str:
    if own := labels.get(one.item, ""):
        apple = _APPLE.fullmatch(own)
        own = apple[1].lower() if apple else own
        return _LABELS.get(own, own)
    for kind in one.kinds:
        if kind in _KINDS:
            return _LABELS.get(kind, kind)
    own_words = (kind for kind in one.parameters.get("type", []) if kind.lower() not in _LABELS)
    word = next(own_words, "")
    return word.lower() if word.isupper() else word


def _plain(one: Property) -> str:
    text = one.text.strip()
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("tel", "mailto"):
        return unquote(rest).partition(";")[0] if scheme.lower() == "tel" else unquote(rest).partition("?")[0]
    return text


def _place(one: Property) -> str:
    """RFC 6350 §6.3.1: box; extended; street; town; region; code; country."""
    parts = one.parts()
    parts += [""] * (7 - len(parts))
    box, extended, street, town, region, code, country = parts[:7]
    town = " ".join(filter(None, (code, town)))
    lines = [box, extended, street, ", ".join(filter(None, (town, region))), country]
    return "\n".join(filter(None, lines))


def _birthday(one: Property) -> str:
    text = one.text.strip().partition("T")[0]
    if match := re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)", text):
        year = "-" if match[1] == "1604" else match[1]  # Apple's word for a year that nobody told
        return f"{year}-{match[2]}-{match[3]}"
    if match := re.fullmatch(r"--(\d\d)-?(\d\d)", text):
        return f"--{match[1]}-{match[2]}"
    return ""


def _photo(one: Property) -> bytes:
    value = one.value.strip()
    if value.lower().startswith("data:"):
        head, _comma, data = value.partition(",")
        if not head.lower().startswith("data:image/"):
            return b""
        return _base64(data) if head.lower().endswith(";base64") else unquote_to_bytes(data)
    encoding = (one.parameters.get("encoding") or [""])[0].upper()
    return _base64(value) if encoding in ("B", "BASE64") else b""


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(re.sub(r"\s+", "", text) + "==", validate=False)
    except (binascii.Error, ValueError):
        return b""
