"""The demo, planted: whole, consistent, and only once."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from mailcore.demo import seed
from mailcore.identity import credentials
from mailcore.models import Account, Contact, Entry, Message
from mailcore.models.entry import DRAFT, FLAGGED, SEEN
from mailcore.store import audit, mailboxes

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(180)]


@pytest.fixture
def nora() -> Account:
    seed.plant("a password for visitors")
    return Account.objects.get(address=seed.FIRST)


def test_a_living_mailbox(nora):
    assert (
        credentials.check(seed.FIRST, "a password for visitors", protocol="imap", peer="192.0.2.1").pk
        == nora.pk
    )
    held = Entry.objects.filter(account_id=nora.pk)
    assert held.count() > 150
    assert held.exclude(flags__in=[SEEN]).count() > 20
    assert sum(1 for entry in held if entry.flags & FLAGGED) >= 5
    assert sum(1 for entry in held if entry.flags & DRAFT) == 3
    assert {"INBOX", "Sent", "Drafts", "Junk", "Authors", "Production/Printers"} <= {
        row.name for row in mailboxes.listing(nora.pk)
    }
    assert Contact.objects.filter(account_id=nora.pk).count() > 10
    for account in Account.objects.all():
        assert list(audit.contradictions(account.pk)) == []


def test_letters_and_answers_are_one_conversation(nora):
    first = Message.objects.get(account_id=nora.pk, subject="The Slow Atlas: second proofs are here")
    together = Message.objects.filter(account_id=nora.pk, conversation_id=first.conversation_id)
    assert together.count() == 6
    assert together.filter(has_attachments=True).exists()


def test_a_second_planting_is_a_sentence(nora):
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert out.getvalue() == f"The demo is here already: {seed.FIRST}\n"
    assert Account.objects.count() == 6
