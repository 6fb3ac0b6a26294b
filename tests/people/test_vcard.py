"""vCards of every age, as programs and telephones write them."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcore.people.wire import vcard
from mailcore.people.wire.card import Card, Found, Item, clean


def one(text: str | bytes) -> Found:
    octets = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
    (found,) = vcard.read(octets)
    return found


VERSION_4 = """\
BEGIN:VCARD
VERSION:4.0
FN:Simon Perreault
N:Perreault;Simon;;;ing. jr,M.Sc.
BDAY:--0203
ORG;TYPE=work:Viagenie
ADR;TYPE=work:;Suite D2-630;2875 Laurier;Quebec;QC;G1V 2M2;Canada
TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102
TEL;VALUE=uri;TYPE="cell,voice,video,text":tel:+1-418-262-6501
EMAIL;TYPE=work:simon.perreault@viagenie.ca
URL;TYPE=home:http://nomis80.org
NOTE:One\\, two\\; and\\nthree
UID:urn:uuid:f81d4fae
CATEGORIES:Friends,Sailing club
END:VCARD
"""


def test_version_4():
    found = one(VERSION_4)
    assert found.groups == ("Friends", "Sailing club")
    assert found.card == Card(
        name="Simon Perreault",
        family="Perreault",
        given="Simon",
        suffix="ing. jr,M.Sc.",
        organisation="Viagenie",
        addresses=(Item("simon.perreault@viagenie.ca", "work"),),
        phones=(Item("+1-418-656-9254", "work"), Item("+1-418-262-6501", "mobile")),
        places=(Item("Suite D2-630\n2875 Laurier\nG1V 2M2 Quebec, QC\nCanada", "work"),),
        websites=(Item("http://nomis80.org", "home"),),
        birthday="--02-03",
        notes="One, two; and\nthree",
        uid="f81d4fae",
    )


def test_version_3_of_an_iphone():
    found = one("""\
BEGIN:VCARD
VERSION:3.0
N:Appleseed;John;;;
FN:John Appleseed
EMAIL;type=INTERNET;type=HOME;type=pref:john@x.test
item1.EMAIL;type=INTERNET:j@y.test
item1.X-ABLabel:_$!<Work>!$_
item2.TEL:555 1
item2.X-ABLabel:Boat
BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-06
PHOTO;ENCODING=b;TYPE=JPEG:/9j/
 4AAQ
END:VCARD
""")
    assert found.card.addresses == (Item("john@x.test", "home"), Item("j@y.test", "work"))
    assert found.card.phones == (Item("555 1", "Boat"),)
    assert found.card.birthday == "--05-06"
    assert found.photo == base64.b64decode("/9j/4AAQ")


def test_version_2_1_of_an_old_telephone():
    found = one(
        b"BEGIN:VCARD\r\nVERSION:2.1\r\n"
        b"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=BCrgen;;;\r\n"
        b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen =\r\nM=C3=BCller\r\n"
        b"TEL;CELL;PREF:+49 170 1\r\nEMAIL;INTERNET;HOME:j@m.test\r\n"
        b"NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Zeile=0D=0Azwei =FC\r\n"
        b"PHOTO;JPEG;ENCODING=BASE64:\r\n /9j/4AAQ\r\n\r\nEND:VCARD\r\n"
    )
    assert (found.card.name, found.card.family) == ("Jürgen Müller", "Müller")
    assert found.card.phones == (Item("+49 170 1", "mobile"),)
    assert found.card.addresses == (Item("j@m.test", "home"),)
    assert found.card.notes == "Zeile\nzwei ü"
    assert found.photo.startswith(b"\xff\xd8")


def test_groups_of_both_spellings():
    modern = one(
        "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Crew\nMEMBER:urn:uuid:a\nMEMBER:urn:uuid:b\nEND:VCARD\n"
    )
    apple = one(
        "BEGIN:VCARD\nVERSION:3.0\nN:Crew;;;;\nFN:Crew\nX-ADDRESSBOOKSERVER-KIND:group\n"
        "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:b\nEND:VCARD\n"
    )
    assert modern.members == apple.members == ("a", "b")


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("FN:Ann", "Ann"),
        ("fn:Ann", "Ann"),  # names without case
        ("N:Lee;Ann", "Ann Lee"),
        ("ORG:Post;Office", "Post, Office"),
        ("EMAIL:ann@x.test", "ann@x.test"),
        ("TEL:5551", "5551"),
        ("NICKNAME:Annie", "Annie"),
        ("FN:A\\\\nB", "A\\nB"),
        ('FN;LANGUAGE=en;X-Y="a:b;c":Ann', "Ann"),
        ("FN;X=^'q^':Ann", "Ann"),
        ("item1.FN:Ann", "Ann"),
        ("FN:An\n n", "Ann"),
        ("FN:An\n\tn", "Ann"),
        ("BEGIN:VCARD\nFN:Agent\nEND:VCARD\nFN:Ann", "Ann"),  # one card in another
    ],
)
def test_the_best_name_there_is(lines, name):
    assert one(f"BEGIN:VCARD\n{lines}\nEND:VCARD\n").card.label == name


@pytest.mark.parametrize(
    "octets",
    [b"", b"hello", b"BEGIN:VCARD\r\n", b"BEGIN:VCARD\r\nEND:VCARD", b"\xff" * 99, b"END:VCARD\n" * 9],
)
def test_what_is_no_card_is_none(octets):
    assert vcard.read(octets) == []


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@example(name="0\r\x1b\r0", notes="", label="")
@given(
    name=st.text(min_size=1, max_size=60),
    notes=st.text(max_size=200),
    label=st.sampled_from(["", "home", "work", "mobile", "Boat; house", "a,b"]),
)
def test_what_is_written_can_be_read(version, name, notes, label):
    wanted = clean(
        Card(
            name=name, notes=notes, birthday="1980-02-03", uid="u1", given="Ann", family="O;Lee",
            addresses=(Item("ann@x.test", label),), phones=(Item("+49 1", ""),),
            places=(Item("Street 1\nTown", "home"),),
        )
    )  # fmt: skip
    text = vcard.write(Found(wanted, b"\xff\xd8pic", ("One, two", "Three")), version)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    (found,) = vcard.read(text.encode())
    label = wanted.addresses[0].label
    assert found.photo == b"\xff\xd8pic" and found.groups == ("One, two", "Three")
    if label != "a,b":  # a comma divides types, also between quotes
        assert found.card == (wanted if wanted.name else Card(**{**_fields(wanted), "name": wanted.label}))


def _fields(card: Card) -> dict[str, object]:
    return {name: getattr(card, name) for name in card.__dataclass_fields__}


@given(st.binary(max_size=2_000))
def test_octets_of_any_kind_are_survived(octets):
    vcard.read(b"BEGIN:VCARD\r\nFN:x\r\n" + octets + b"\r\nEND:VCARD\r\n")


@pytest.mark.parametrize(
    "hostile",
    [
        b"BEGIN:VCARD\r\n" * 100_000,
        b"BEGIN:VCARD\r\nFN:x\r\n" + b"EMAIL:a@b.test\r\n" * 100_000 + b"END:VCARD\r\n",
        b"BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n" * 50_000,
        b"BEGIN:VCARD\r\nFN" + b";A=1" * 200_000 + b":x\r\nEND:VCARD\r\n",
        b"BEGIN:VCARD\r\nFN" + b';A="' * 50_000 + b":x\r\nEND:VCARD\r\n",
        b"BEGIN:VCARD\r\nN:" + b"\\;" * 500_000 + b"\r\nEND:VCARD\r\n",
        b"BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:" + b"=\r\n" * 300_000 + b"\r\nEND:VCARD\r\n",
        b"BEGIN:VCARD\r\nFN:x\r\nPHOTO;ENCODING=b:" + b"A" * 8_000_000 + b"\r\nEND:VCARD\r\n",
        b"BEGIN:VCARD\r\nFN:x\r\n" + b" y\r\n" * 500_000 + b"END:VCARD\r\n",
    ],
    ids=["begins", "properties", "cards", "parameters", "quotes", "escapes", "soft breaks", "photo", "folds"],
)
def test_hostile_cards_are_bounded(hostile):
    """SECURITY C16."""
    began = time.process_time()
    found = vcard.read(hostile)
    assert time.process_time() - began < 8
    assert len(found) <= vcard.MOST_CARDS
    assert all(len(one.card.addresses) <= 30 and len(one.card.name) <= 200 and not one.photo for one in found)
