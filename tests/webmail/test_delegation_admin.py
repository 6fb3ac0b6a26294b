"""Who may read whose mailbox, as the office decides it: given, changed and taken back, never to oneself."""

from __future__ import annotations

import pytest
from django.test import Client

from mailcore.identity import accounts, delegations
from mailcore.models import Delegation, Message
from tests.webmail.conftest import BACKEND

pytestmark = pytest.mark.django_db
LIST = "/admin/mailcore/delegation/"


@pytest.fixture
def office(example_org) -> Client:
    chief = accounts.create("chief@example.org", "first among postmen", is_superuser=True)
    client = Client()
    client.force_login(chief, backend=BACKEND)
    return client


def test_a_mailbox_is_given_changed_and_taken_back(office, alice, bob):
    form = {"owner": bob.pk, "to": "Alice@example.org", "may_send": "on"}
    assert office.post(f"{LIST}add/", form).status_code == 302
    given = Delegation.objects.get()
    assert (given.owner, given.delegate, given.may_send, given.accepted) == (bob, alice, True, None)
    # both are told, and it opens when it is accepted
    told = {account: Message.objects.get(account_id=account.pk).subject for account in (alice, bob)}
    assert told == {alice: "A mailbox is shared with you", bob: "Your mailbox is shared"}
    assert delegations.access(alice, bob.pk) is None
    delegations.accept(alice, given.pk)
    assert office.get(f"{LIST}{given.pk}/change/").status_code == 200
    assert office.post(f"{LIST}{given.pk}/change/", {}).status_code == 302
    assert Delegation.objects.get().may_send is False
    assert office.post(f"{LIST}{given.pk}/delete/", {"post": "yes"}).status_code == 302
    assert delegations.access(alice, bob.pk) is None


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("nobody@example.org", "Nobody on this server"),
        ("bob@example.org", "yours already"),
        ("chief@example.org", "Nobody gives themselves"),
    ],
)
def test_what_is_refused_is_told(to, said, office, bob):
    answer = office.post(f"{LIST}add/", {"owner": bob.pk, "to": to}, follow=True)
    assert said in answer.content.decode()
    assert not Delegation.objects.exists()
