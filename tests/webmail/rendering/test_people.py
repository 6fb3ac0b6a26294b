"""Names and addresses without tricks. SECURITY C08, D15."""

from __future__ import annotations

import pytest

from webmail.rendering import people


@pytest.mark.parametrize(
    ("header", "label", "address"),
    [
        ("Ann Lee <ann@x.org>", "Ann Lee", "ann@x.org"),
        ("ann@x.org", "ann@x.org", "ann@x.org"),
        ('"Lee, Ann" <ann@x.org>', "Lee, Ann", "ann@x.org"),
        ("", "", ""),
        ("undisclosed-recipients:;", "undisclosed-recipients:;", ""),
        # The name pretends to be somebody's address: the true one is shown.
        ('"boss@company.com" <thief@evil.test>', "thief@evil.test", "thief@evil.test"),
        ('"ann@x.org" <ann@x.org>', "ann@x.org", "ann@x.org"),
        # Letters that turn the reading direction, or cannot be seen.
        ("Ann\u202egnp.exe <ann@x.org>", "Anngnp.exe", "ann@x.org"),
        ("A\u200bnn\u2066 <ann@x.org>", "Ann", "ann@x.org"),
    ],
)
def test_label(header: str, label: str, address: str):
    person = people.sender(header)
    assert (person.label, person.address) == (label, address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("a@bücher.example", "a@bücher.example"),
        ("a@почта.рф", "a@почта.рф"),
        ("a@日本語テスト.jp", "a@日本語テスト.jp"),
        ("a@pаypal.com", "a@xn--pypal-4ve.com"),  # one Cyrillic letter among Latin ones
        ("a@аррӏе.com", "a@xn--80ak6aa92e.com"),  # all Cyrillic, all look-alikes
    ],
)
def test_a_domain_of_mixed_scripts_is_spelt_out(address: str, shown: str):
    assert people.shown_address(address) == shown


@pytest.mark.parametrize(
    ("header", "initials"),
    [
        ("Ann Lee <a@x>", "AL"),
        ("Ann <a@x>", "A"),
        ("ann.lee@x.org", "AL"),
        ("", "?"),
        ("田中 太郎 <t@x>", "田太"),
    ],
)
def test_initials(header: str, initials: str):
    assert people.sender(header).initials == initials


def test_the_same_address_always_has_the_same_tone():
    assert people.sender("Ann <ANN@x.org>").tone == people.sender("Somebody <ann@x.org>").tone
