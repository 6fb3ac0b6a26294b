"""An invitation shown, answered, changed and called off."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mailcore.models import Message, OutboundRecipient
from mailcore.store.raw import Raw


@pytest.fixture
def invite(deliver):
    def send(method="REQUEST", sequence=0, account=None, extra=""):
        body = (
            f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:tea@far.test\r\nSEQUENCE:{sequence}\r\n"
            f"DTSTAMP:20261101T10000{sequence}Z\r\nDTSTART:20991201T150000Z\r\nDTEND:20991201T160000Z\r\n"
            "SUMMARY:Tea <b>party</b>\r\nORGANIZER;CN=Bob:mailto:bob@far.test\r\n"
            f"ATTENDEE;CN=Alice:mailto:alice@example.org\r\n{extra}END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        kind = f"Content-Type: text/calendar; method={method}; charset=utf-8\r\nMIME-Version: 1.0\r\n"
        return deliver(body, headers=kind, account=account)

    return send


def show(page, letter):
    return page.get(reverse("message:show", args=[letter.message_id])).content.decode()


def test_shown_and_answered(page, invite, alice):
    letter = invite()
    markup = show(page, letter)
    assert "Tea &lt;b&gt;party&lt;/b&gt;" in markup
    assert 'value="accepted"' in markup
    url = reverse("message:answer", args=[letter.message_id, "1"])
    page.post(url, {"answer": "accepted", "note": "With cake"})
    assert "You said yes." in show(page, letter)
    sent = Message.objects.filter(account_id=alice.pk).latest("id")
    octets = Raw(b"", bytes(sent.digest), sent.size).read().decode()
    assert "method=REPLY" in octets
    assert "PARTSTAT=ACCEPTED:mailto:alice@example.org" in octets
    assert "With cake" in octets
    assert [row.address for row in OutboundRecipient.objects.filter(account_id=alice.pk)] == ["bob@far.test"]


def test_changed_and_called_off(page, invite):
    first = invite()
    page.post(reverse("message:answer", args=[first.message_id, "1"]), {"answer": "declined"})
    assert "Changed since you answered" in show(page, invite(sequence=1))
    assert "Cancelled" in show(page, invite("CANCEL", sequence=2))


def test_only_invitations_are_answered(page, invite, alice):
    letter = invite("CANCEL")
    assert 'value="accepted"' not in show(page, letter)
    url = reverse("message:answer", args=[letter.message_id, "1"])
    assert page.post(url, {"answer": "accepted"}).status_code == 400
    assert (
        page.post(
            reverse("message:answer", args=[letter.message_id, "7"]), {"answer": "accepted"}
        ).status_code
        == 404
    )
    letter = invite()
    url = reverse("message:answer", args=[letter.message_id, "1"])
    assert page.post(url, {"answer": "perhaps"}, headers={"X-Fragment": "1"}).status_code == 400
    assert not OutboundRecipient.objects.filter(account_id=alice.pk).exists()


def test_another_accounts_invitation_is_not_there(page, invite, bob):
    letter = invite(account=bob)
    url = reverse("message:answer", args=[letter.message_id, "1"])
    assert page.post(url, {"answer": "accepted"}).status_code == 404
