"""Accounts that were given to a colleague: what they see, what they may do, and how it ends."""

from __future__ import annotations

import pytest
from django.test import Client

from mailcore.drafts import rows
from mailcore.identity import accounts, delegations
from mailcore.identity.errors import DelegationRefused
from mailcore.models import Delegation, Entry, Message
from mailcore.people import book
from mailcore.people.wire.card import Card, Item
from mailcore.store import mailboxes
from mailcore.store.errors import NotFound

BACKEND = "mailcore.identity.backend.AddressBackend"


@pytest.fixture
def carol(example_org):
    """A third one, who was given nothing."""
    return accounts.create("carol@example.org", "through the glass", name="Carol")


@pytest.fixture
def given(alice, bob) -> Delegation:
    """Bob gave his account to alice, who said yes."""
    found = delegations.give(bob, "alice@example.org")
    delegations.accept(alice, found.pk)
    return found


@pytest.fixture
def letter(bob, deliver) -> Message:
    """Something that only bob got."""
    deliver("For Bob alone.", subject="Secret of Bob", account=bob)
    return Message.objects.get(account_id=bob.pk)


def browser(account) -> Client:
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client


def test_the_account_is_read_behind_its_prefix_and_nowhere_else(page, bob, given, letter):
    assert "Secret of Bob" not in page.get("/").content.decode()
    shown = page.get(f"/u/{bob.pk}/").content.decode()
    assert "Secret of Bob" in shown
    assert page.get(f"/m/{letter.id}/").status_code == 404
    assert page.get(f"/u/{bob.pk}/m/{letter.id}/").status_code == 200


def test_every_address_of_such_a_page_keeps_the_prefix(page, bob, given, letter):
    shown = page.get(f"/u/{bob.pk}/").content.decode()
    assert f'href="/u/{bob.pk}/c/{letter.conversation_id}/' in shown
    assert f'action="/u/{bob.pk}/actions/"' in shown
    assert 'href="/c/' not in shown and 'href="/mail/' not in shown
    # … and the next page of one's own has none of it
    assert f"/u/{bob.pk}/mail/" not in page.get("/").content.decode()


def test_what_one_does_there_is_done_there(page, alice, bob, given, letter):
    inbox = mailboxes.named(bob.pk, "INBOX")
    answer = page.post(
        f"/u/{bob.pk}/actions/",
        {"action": "archive", "conversation": letter.conversation_id, "mailbox": inbox.id},
    )
    assert answer.status_code == 303 and answer["Location"] == f"/u/{bob.pk}/"
    box = Entry.objects.get(account_id=bob.pk, expunged=False).mailbox_id
    assert box == mailboxes.special(bob.pk, "\\Archive").id


def test_the_address_book_there_is_the_owners(page, alice, bob, given):
    kept = {
        owner: book.save(
            owner.pk, Card(name=name, addresses=(Item(f"{name.lower()}@far.test"),)), None, photo=b""
        )
        for owner, name in ((alice, "Dinah"), (bob, "Hatter"))
    }
    there = f"/u/{bob.pk}"
    for prefix, mine, others in (("", "Dinah", "Hatter"), (there, "Hatter", "Dinah")):
        shown = page.get(f"{prefix}/contacts/").content.decode()
        assert mine in shown and others not in shown
        assert mine in page.get(f"{prefix}/contacts/export/vcard/").getvalue().decode()
        completed = page.get(f"{prefix}/compose/people/?q={mine[:3]}", HTTP_X_FRAGMENT="1").content.decode()
        assert mine in completed
    assert page.get(f"/contacts/{kept[bob].id}/").status_code == 404
    assert page.get(f"{there}/contacts/{kept[bob].id}/").status_code == 200
    assert page.get(f"{there}/contacts/{kept[alice].id}/").status_code == 404
    page.post(f"{there}/contacts/new/", {"name": "March Hare", "address": "hare@far.test"})
    assert {person.name for person in book.everybody(alice.pk)} == {"Dinah"}


@pytest.mark.parametrize(
    "end",
    [
        lambda alice, bob, given: delegations.revoke(bob, given.pk),
        lambda alice, bob, given: delegations.leave(alice, given.pk),
        lambda alice, bob, given: accounts.close(bob),
    ],
    ids=["taken back", "given back", "the owner's account is closed"],
)
def test_it_ends_with_the_next_request(end, page, alice, bob, given, letter):
    assert page.get(f"/u/{bob.pk}/").status_code == 200
    end(alice, bob, given)
    for path in (
        "",
        f"m/{letter.id}/",
        f"m/{letter.id}/original/",
        "search/?q=secret",
        "folders/rail/",
        "events/",
    ):
        assert page.get(f"/u/{bob.pk}/{path}").status_code == 404, path


def test_an_offer_opens_nothing_until_it_is_accepted(page, alice, bob, letter):
    offer = delegations.give(bob, "alice@example.org")
    assert page.get(f"/u/{bob.pk}/").status_code == 404
    delegations.accept(alice, offer.pk)
    assert page.get(f"/u/{bob.pk}/").status_code == 200


def test_a_third_person_sees_what_is_seen_of_an_account_that_does_not_exist(carol, bob, given, letter):
    other = browser(carol)
    there, nowhere = other.get(f"/u/{bob.pk}/"), other.get("/u/999999/")
    assert there.status_code == nowhere.status_code == 404
    assert b"Secret" not in there.content


def test_it_is_not_handed_on(carol, alice, bob, given):
    """Whom alice lets in sees alice's mail, not bob's."""
    delegations.accept(carol, delegations.give(alice, "carol@example.org").pk)
    other = browser(carol)
    assert other.get(f"/u/{alice.pk}/").status_code == 200
    assert other.get(f"/u/{bob.pk}/").status_code == 404
    assert other.get(f"/u/{alice.pk}/u/{bob.pk}/").status_code in (303, 404)


def test_who_is_signed_out_signs_in_and_comes_back(bob, given):
    answer = Client().get(f"/u/{bob.pk}/search/?q=tea")
    assert answer.status_code == 303
    assert answer["Location"] == f"/login/?next=%2Fu%2F{bob.pk}%2Fsearch%2F%3Fq%3Dtea"


@pytest.mark.parametrize("path", ["preferences/", "admin/", "login/?next=/"])
def test_settings_are_ones_own(page, bob, given, path):
    answer = page.get(f"/u/{bob.pk}/{path}")
    assert answer.status_code == 303 and answer["Location"] == f"/{path}"


def test_one_cannot_change_the_owners_settings(page, alice, bob, given):
    page.post(f"/u/{bob.pk}/preferences/", {"name": "Mallory", "theme": "dark", "density": "compact"})
    bob.refresh_from_db()
    assert bob.name == "Bob Barker"


def test_only_the_right_people_answer_and_revoke(alice, bob, carol, given):
    for verb in (delegations.accept, delegations.leave):
        with pytest.raises(NotFound):
            verb(carol, given.pk)
    with pytest.raises(NotFound):
        delegations.revoke(alice, given.pk)
    with pytest.raises(NotFound):
        delegations.allow_sending(alice, given.pk, may_send=True)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("bob@example.org", "yours already"),
        ("nobody@example.org", "Nobody"),
        ("someone@elsewhere.example", "Nobody"),
        ("no address", "Nobody"),
    ],
)
def test_it_is_given_to_colleagues_alone(bob, address, why):
    with pytest.raises(DelegationRefused, match=why):
        delegations.give(bob, address)


def test_giving_it_again_changes_what_they_may(alice, bob, given):
    again = delegations.give(bob, "ALICE@example.org", may_send=True)
    assert again.pk == given.pk and again.may_send and again.accepted


def test_it_is_offered_accepted_and_taken_back_in_the_settings(page, alice, bob):
    bobs = browser(bob)
    assert bobs.post("/preferences/shared/give/", {"address": "alice@example.org"}).status_code == 303
    offer = Delegation.objects.get()
    assert "A mailbox is shared with you" in page.get("/").content.decode()
    assert b"bob@example.org" in page.get("/preferences/shared/").content
    answer = page.post(f"/preferences/shared/{offer.pk}/answer/", {"do": "accept"})
    assert answer["Location"] == f"/u/{bob.pk}/"
    assert f'href="/u/{bob.pk}/"' in page.get("/").content.decode()  # the switch
    assert 'href="/"' in page.get(f"/u/{bob.pk}/").content.decode()
    bobs.post(f"/preferences/shared/{offer.pk}/", {"do": "revoke"})
    assert page.get(f"/u/{bob.pk}/").status_code == 404


def test_nobody_settles_what_is_between_others(alice, bob, carol, given):
    other = browser(carol)
    assert other.post(f"/preferences/shared/{given.pk}/", {"do": "revoke"}).status_code == 404
    assert other.post(f"/preferences/shared/{given.pk}/answer/", {"do": "accept"}).status_code == 404


def test_it_is_not_given_to_strangers(page):
    answer = page.post("/preferences/shared/give/", {"address": "nobody@example.org"})
    assert answer.status_code == 422 and b"Nobody on this server" in answer.content


def _write(client: Client, account) -> tuple[int, Message | None]:
    fields = {
        "to": "carol@example.org",
        "subject": "On behalf",
        "text": "Words.",
        "do": "send_anyway",
        "revision": "0",
    }
    draft = rows.create(account)
    answer = client.post(f"/u/{account.pk}/compose/{draft.id}/", fields)
    return answer.status_code, Message.objects.filter(account_id=account.pk, subject="On behalf").first()


def test_a_colleague_writes_in_the_owners_name_and_it_says_so(page, alice, bob, carol, given):
    delegations.allow_sending(bob, given.pk, may_send=True)
    status, sent = _write(page, bob)
    assert status == 303 and sent is not None
    raw = page.get(f"/u/{bob.pk}/m/{sent.id}/original/", {"download": "1"})
    head = b"".join(raw).partition(b"\r\n\r\n")[0].decode()
    assert "\r\nFrom: Bob Barker <bob@example.org>\r\n" in f"\r\n{head}\r\n"
    assert "\r\nSender: Alice Liddell <alice@example.org>\r\n" in f"\r\n{head}\r\n"


def test_who_may_only_read_does_not_write(page, alice, bob, carol, given):
    status, sent = _write(page, bob)
    assert status == 400 and sent is None
    assert page.post(f"/u/{bob.pk}/later/scheduled/1/now/").status_code in (303, 403)
