"""Tables of Google, Outlook and Thunderbird."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.people.wire import contact_csv
from mailcore.people.wire.card import Card, Found, Item, clean

GOOGLE = (
    "First Name,Middle Name,Last Name,Organization Name,Organization Title,Birthday,Notes,Labels,"
    "E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,"
    "Address 1 - Label,Address 1 - Formatted,Website 1 - Value\n"
    'Ann,,Lee,Post,Clerk,1980-02-03,"Two\nlines",* myContacts ::: Sailing,* Home,ann@x.test,'
    'Work,ann@work.test ::: lee@work.test,Mobile,\'+49 1,Home,"Street 1\nTown",x.test\n'
)
OLD_GOOGLE = (
    "Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value\n"
    "Ann Lee,Ann,Lee,* My Contacts ::: Crew,* Home,ann@x.test\n"
)
OUTLOOK = (
    "First Name;Last Name;Company;Job Title;Business Street;Business City;Home Phone;Mobile Phone;Birthday;"
    "Categories;E-mail Address;E-mail 2 Address\n"
    "Jürgen;Müller;Werft;Chef;Kai 1;Kiel;1;2;2/3/1980;A;B@x.test;c@x.test\n"
)
THUNDERBIRD = (
    "First Name\tLast Name\tDisplay Name\tPrimary Email\tSecondary Email\tWork Phone\n"
    "Ann\tLee\tAnnie\ta@x.test\tb@x.test\t7\n"
)


def test_google():
    (found,) = contact_csv.read(GOOGLE.encode())
    assert found.groups == ("Sailing",)
    assert found.card == Card(
        name="Ann Lee", given="Ann", family="Lee", organisation="Post", title="Clerk", birthday="1980-02-03",
        notes="Two\nlines", addresses=(Item("ann@x.test", "home"), Item("ann@work.test", "work"),
        Item("lee@work.test", "work")), phones=(Item("+49 1", "mobile"),), places=(Item("Street 1\nTown", "home"),), websites=(Item("https://x.test"),),
    )  # fmt: skip


def test_google_as_it_was():
    (found,) = contact_csv.read(OLD_GOOGLE.encode("utf-16"))
    assert (found.card.name, found.groups, found.card.addresses) == (
        "Ann Lee",
        ("Crew",),
        (Item("ann@x.test", "home"),),
    )


def test_outlook_on_an_old_windows():
    (found,) = contact_csv.read(OUTLOOK.encode("cp1252"))
    card = found.card
    assert (card.label, card.organisation, card.title, card.birthday) == (
        "Jürgen Müller",
        "Werft",
        "Chef",
        "1980-02-03",
    )
    assert [item.value for item in card.addresses] == ["B@x.test", "c@x.test"]
    assert card.phones == (Item("2", "mobile"), Item("1", "home"))
    assert card.places == (Item("Kai 1\nKiel", "work"),)


def test_thunderbird():
    (found,) = contact_csv.read(THUNDERBIRD.encode())
    assert (found.card.name, len(found.card.addresses), found.card.phones) == (
        "Annie",
        2,
        (Item("7", "work"),),
    )


@pytest.mark.parametrize(
    "octets",
    [b"", b"\0" * 50, b"a,b,c\n1,2,3\n", b"Date,Amount,Notes\n1,2,3\n", b'First Name\n"' + b"x" * 200_000],
)
def test_other_tables_are_refused(octets):
    with pytest.raises(contact_csv.NotTable):
        contact_csv.read(octets)


@given(st.text(max_size=40), st.sampled_from(["=1+1", "+49 1", "@SUM(A1)", "-2", "7"]))
def test_what_is_written_can_be_read_and_is_no_formula(name, number):
    """SECURITY D26."""
    card = clean(
        Card(given=name, family="Lee", phones=(Item(number, "home"),), addresses=(Item("ann@x.test", ""),))
    )
    text = contact_csv.write([Found(card, groups=("A", "B"))])
    assert not any(
        cell.startswith(("=", "+", "-", "@")) for row in text.splitlines()[1:] for cell in row.split(",")
    )
    (found,) = contact_csv.read(text.encode())
    assert (
        found.card.phones == card.phones
        and found.card.addresses == card.addresses
        and found.groups == ("A", "B")
    )
