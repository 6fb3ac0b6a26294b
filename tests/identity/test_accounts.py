"""Open, change, close."""

from __future__ import annotations

import pytest

from mailcore.identity import accounts, aliases, domains, routes, scram
from mailcore.identity.errors import AddressInvalid, AddressTaken, PasswordInvalid
from mailcore.models import AccountState, DkimKey, Domain, Mailbox, Route


def test_a_new_account_has_everything_it_needs(example_org):
    account = accounts.create("Ann@example.org", "secret", name=" Ann ", quota_bytes=1000)
    assert (account.address, account.name, account.is_staff) == ("ann@example.org", "Ann", False)
    assert AccountState.objects.get(account_id=account.pk).quota_bytes == 1000
    assert Mailbox.objects.filter(account_id=account.pk, name="INBOX").exists()
    assert account.check_password("secret") and account.scram.startswith("10000$")


def test_administrators_may_enter_the_admin(example_org):
    root = accounts.create("root@example.org", "secret", is_superuser=True)
    assert root.is_staff and root.is_superuser


@pytest.mark.parametrize("password", ["", "a\0b", "x" * 4097, "\ud800"])
def test_what_cannot_be_a_password(example_org, password):
    """SECURITY E07."""
    with pytest.raises(PasswordInvalid):
        accounts.create("ann@example.org", password)


def test_the_scram_verifier_follows_the_password(alice):
    before = alice.scram
    accounts.set_password(alice, "looking-glass")
    alice.refresh_from_db()
    verifier = scram.load(alice.scram)
    assert alice.scram != before
    assert verifier == scram.derive("looking-glass", iterations=verifier.iterations, salt=verifier.salt)


def test_passwords_compare_equal_however_they_were_typed():
    """RFC 4013 §3."""
    assert scram.prepared("I\u00adX") == "IX"
    assert scram.prepared("\u2168") == "IX"
    assert scram.prepared("a\u00a0b") == "a b"
    assert scram.prepared("user") == "user"
    assert scram.prepared("\u0007ä") == "\u0007ä"  # forbidden: left alone


def test_rfc_7677_example():
    """RFC 7677 §3."""
    import base64

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    verifier = scram.derive("pencil", iterations=4096, salt=salt)
    first = scram.client_first(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    challenge = scram.server_first(first, verifier, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
    assert (
        challenge == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    final = (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert (
        scram.server_final(final, first, challenge, verifier)
        == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    )
    assert scram.load(str(verifier)) == verifier
    assert scram.load("rubbish") is None


@pytest.mark.parametrize(
    "final",
    [
        b"", b"c=biws", b"c=biws,r=x,p=AAAA", b"c=eSws,r=abcSERVER,p=" + b"A" * 43 + b"=", b"c=biws,r=abcSERVER,p=AAAA",
        b"\xff", b"c=biws,r=abcSERVER,p=!", b"c=biws,r=abc,p=" + b"A" * 43 + b"=", b"x" * 5000,
    ],
)  # fmt: skip
def test_malformed_scram(final):
    """SECURITY E05."""
    verifier = scram.derive("x", iterations=1)
    first = scram.client_first(b"n,,n=user,r=abc")
    challenge = scram.server_first(first, verifier, "SERVER")
    with pytest.raises(scram.Malformed):
        scram.server_final(final, first, challenge, verifier)


def test_domains_come_with_keys(db):
    domain = domains.add("Bücher.example")
    assert domain.name == "xn--bcher-kva.example"
    assert DkimKey.objects.filter(domain=domain).count() == 2
    assert domains.add("bücher.example") == domain and Domain.objects.count() == 1
    with pytest.raises(AddressInvalid):
        domains.add("not a domain")


def test_aliases_are_checked(alice):
    aliases.add("sales@example.org", ["alice@example.org"])
    with pytest.raises(AddressTaken):
        aliases.add("Sales@example.org", ["alice@example.org"])
    for targets in ([], ["rubbish"], ['"a,b"@example.org']):
        with pytest.raises(AddressInvalid):
            aliases.add("other@example.org", targets)


def test_route_passwords_are_sealed(db):
    """SECURITY E23."""
    route = routes.save(Route(domain="*", host="smart.example", username="us"), password="s3cret")
    assert "s3cret" not in Route.objects.get().secret
    assert routes.password(route) == "s3cret"
    assert routes.password(routes.save(route)) == "s3cret"
    assert routes.password(routes.save(route, password="")) == ""
    assert not routes.is_gateway_for("example.org")
    routes.save(Route(domain="Gate.example", host="inner.example", is_gateway=True))
    assert routes.is_gateway_for("gate.example")


def test_accounts_change_only_what_may_be_changed(alice):
    accounts.change(alice, name="Alice L.", quota_bytes=5)
    assert AccountState.objects.get(account_id=alice.pk).quota_bytes == 5
    with pytest.raises(TypeError):
        accounts.change(alice, address="bob@example.org")
