"""Which account an address leads to."""

from __future__ import annotations

import pytest

from mailcore.identity import accounts, addresses, aliases, domains
from mailcore.identity.addresses import Kind, Target
from mailcore.identity.errors import AddressInvalid, AddressTaken, DomainUnknown
from mailcore.models import Alias

CANONICAL = [
    ("Ann@Example.ORG", "ann@example.org"),
    (" ann@example.org ", "ann@example.org"),
    ('"ann"@example.org', "ann@example.org"),
    ("jo\u0308rg@example.org", "jörg@example.org"),
    ("JÖRG@BÜCHER.example", "jörg@xn--bcher-kva.example"),
    ("ann@ｅｘａｍｐｌｅ.org", "ann@example.org"),
    ("ann+tag@example.org", "ann+tag@example.org"),
    ("a@b@example.org", "a@b@example.org"),
    ("Groß@example.org", "groß@example.org"),
]


@pytest.mark.parametrize("text, address", CANONICAL)
def test_one_form_to_compare(text, address):
    assert addresses.canonical(text) == address
    assert addresses.canonical(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "ann",
        "ann@",
        "@example.org",
        "ann@exa mple.org",
        "ann@-x.org",
        "ann@x..org",
        "a\0@x.org",
        "a@x.org\0",
    ],
)
def test_what_is_no_address(text):
    with pytest.raises(AddressInvalid):
        addresses.canonical(text)


@pytest.mark.parametrize(
    "text",
    [
        "an n@example.org", "-ann@example.org", ".ann@example.org", "ann.@example.org", "an..n@example.org",
        "ann+x@example.org",
        "ａnn@example.org", "an\u200bn@example.org", "an\u00adn@example.org", "an%n@example.org", "an/n@example.org",
        "a" * 65 + "@example.org", "\u202eann@example.org", "ﬁ@example.org", '"a b"@example.org',
    ],
)  # fmt: skip
def test_nobody_gets_an_address_that_passes_for_anothers(example_org, text):
    """SECURITY E06, D24."""
    with pytest.raises(AddressInvalid):
        accounts.create(text, "secret")


def test_accounts_need_a_domain_and_a_free_address(alice):
    with pytest.raises(DomainUnknown):
        accounts.create("ann@elsewhere.example", "x")
    with pytest.raises(AddressTaken):
        accounts.create("Alice@Example.org", "x")


def kinds(address: str) -> list[tuple[Kind, str]]:
    return [(target.kind, target.address) for target in addresses.resolve(address)]


def test_resolve(alice, bob):
    aliases.add("sales@example.org", ["alice@example.org", "Bob@example.org", "carol@elsewhere.example"])
    aliases.add("all@example.org", ["sales@example.org", "alice@example.org"])
    aliases.add("alice@example.org", ["alice@example.org", "bob@example.org"])
    here = [(Kind.ACCOUNT, "alice@example.org"), (Kind.ACCOUNT, "bob@example.org")]
    assert kinds("alice@example.org") == here
    assert kinds("ALICE@example.org") == here
    assert kinds("sales@example.org") == [*here, (Kind.REMOTE, "carol@elsewhere.example")]
    assert kinds("all@example.org") == [*here, (Kind.REMOTE, "carol@elsewhere.example")]
    assert kinds("nobody@example.org") == [(Kind.UNKNOWN, "nobody@example.org")]
    assert kinds("who@elsewhere.example") == [(Kind.REMOTE, "who@elsewhere.example")]
    assert kinds("not an address") == [(Kind.UNKNOWN, "not an address")]


def test_a_tag_is_remembered_and_found_behind_aliases(alice):
    aliases.add("sales@example.org", ["alice@example.org"])
    assert addresses.resolve("alice+work.bills@example.org") == [
        Target(Kind.ACCOUNT, "alice@example.org", alice.pk, "work.bills")
    ]
    assert addresses.resolve("sales+x@example.org")[0].detail == "x"
    assert kinds("+x@example.org") == [(Kind.UNKNOWN, "+x@example.org")]


def test_aliases_that_go_round_in_circles_end(alice):
    aliases.add("a@example.org", ["b@example.org"])
    aliases.add("b@example.org", ["a@example.org"])
    assert kinds("a@example.org") == [(Kind.UNKNOWN, "a@example.org")]
    Alias.objects.filter(address="b@example.org").update(target="a@example.org, alice@example.org, rubbish")
    addresses.forget()
    assert kinds("a@example.org") == [(Kind.ACCOUNT, "alice@example.org")]


def test_a_long_chain_of_aliases_ends(alice):
    for number in range(30):
        aliases.add(f"a{number}@example.org", [f"a{number + 1}@example.org"])
    assert kinds("a0@example.org")[0][0] is Kind.UNKNOWN
    assert kinds("a25@example.org")[0][0] is Kind.UNKNOWN


def test_switched_off(alice, bob):
    alias = aliases.add("sales@example.org", ["alice@example.org"])
    aliases.change(alias, is_active=False)
    assert kinds("sales@example.org")[0][0] is Kind.UNKNOWN
    accounts.close(bob)
    assert kinds("bob@example.org") == [(Kind.DISABLED, "bob@example.org")]
    domains.change(domains.named("example.org"), is_active=False)
    assert kinds("alice@example.org")[0][0] is Kind.DISABLED


def test_catch_all(alice):
    domains.change(domains.named("example.org"), catch_all=alice)
    assert kinds("whoever@example.org") == [(Kind.ACCOUNT, "alice@example.org")]
    for local in ("a%b", "a!b", '"a@b"', "a/b"):
        assert kinds(f"{local}@example.org")[0][0] is Kind.UNKNOWN


def test_postmaster_is_always_somebody(alice):
    """RFC 5321 §4.5.1."""
    assert kinds("postmaster@example.org")[0][0] is Kind.UNKNOWN
    accounts.change(alice, is_superuser=True)
    assert kinds("postmaster@example.org") == [(Kind.ACCOUNT, "alice@example.org")]
    assert addresses.postmaster() == "postmaster@example.org"


def test_what_was_found_is_remembered_and_what_was_not_is_not(alice, django_assert_num_queries):
    """SECURITY E11."""
    addresses.resolve("alice@example.org")
    with django_assert_num_queries(0):
        addresses.resolve("Alice@example.org")
        assert addresses.remembered("alice@example.org") is not None
    assert kinds("new@example.org")[0][0] is Kind.UNKNOWN
    accounts.create("new@example.org", "x")
    assert kinds("new@example.org")[0][0] is Kind.ACCOUNT


def test_whom_one_may_speak_for(alice, bob):
    aliases.add("sales@example.org", ["alice@example.org"])
    assert addresses.names_of(alice) == {"alice@example.org", "sales@example.org"}
    assert addresses.names_of(bob) == {"bob@example.org"}
    assert not addresses.may_send_as(bob, "sales@example.org")
