"""People this account writes to."""

from __future__ import annotations

from mailcore.store import contacts, mailboxes


def found(account_id: int, text: str) -> list[str]:
    return [contact.address for contact in contacts.complete(account_id, text)]


def test_the_most_written_to_come_first(account_id):
    contacts.remember(account_id, [("ann@x.test", "Ann"), ("andy@x.test", "Andy")], when=1)
    contacts.remember(account_id, [("andy@x.test", "")], when=2)
    assert found(account_id, "an") == ["andy@x.test", "ann@x.test"]
    assert contacts.complete(account_id, "andy")[0].name == "Andy"  # not forgotten for an empty one


def test_names_words_and_domains_are_found(account_id):
    contacts.remember(account_id, [("a.l@wonder.land", "Alice Liddell")])
    for text in ("ali", "LID", "a.l", "wonder", "l@", " alice "):
        assert found(account_id, text) == ["a.l@wonder.land"], text
    for text in ("", " ", "xyz", "iddell", "%", "_", "\\"):
        assert found(account_id, text) == [], text


def test_addresses_are_one_whatever_their_case(account_id):
    contacts.remember(account_id, [("Ann@X.test", "Ann"), ("ann@x.test", "")])
    assert [(c.address, c.uses) for c in contacts.complete(account_id, "ann")] == [("ann@x.test", 2)]


def test_too_long_and_empty_are_left_out(account_id):
    contacts.remember(account_id, [("", "Nobody"), ("a" * 300 + "@x.test", "Long")])
    assert found(account_id, "a") == []
    contacts.remember(account_id, [])


def test_strangers_do_not_see_them(account_id):
    mailboxes.provision(8)
    contacts.remember(account_id, [("ann@x.test", "Ann")])
    assert found(8, "ann") == []
