"""Alice at her browser, and letters for her."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from mailcore.store import mailboxes, messages
from mailcore.store.messages import Appended

BACKEND = "mailcore.identity.backend.AddressBackend"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

Deliver = Callable[..., Appended]


@pytest.fixture
def deliver(alice) -> Deliver:
    """Puts a letter into a mailbox of alice's (or of `account`'s); each call is a minute later."""
    minutes = 0

    def put(
        body: str | bytes = "Good morning.\r\n",
        *,
        subject: str = "Hello",
        sender: str = "Bob Barker <bob@example.org>",
        to: str = "Alice Liddell <alice@example.org>",
        headers: str = "",
        mailbox: str = "INBOX",
        flags: int = 0,
        account=None,
        raw: bytes | None = None,
    ) -> Appended:
        nonlocal minutes
        minutes += 1
        owner = account or alice
        box = (
            mailboxes.special(owner.pk, mailbox)
            if mailbox.startswith("\\")
            else mailboxes.named(owner.pk, mailbox)
        )
        if raw is None:
            text = body.encode() if isinstance(body, str) else body
            head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n{headers}"
            if "message-id:" not in headers.lower():
                head += f"Message-ID: <{minutes}@letters.test>\r\n"
            if "content-type:" not in headers.lower():
                head += "Content-Type: text/plain; charset=utf-8\r\n"
            raw = f"{head}\r\n".encode() + text
        at = NOON + timedelta(minutes=minutes)
        return messages.append_bytes(owner.pk, box.id, raw, flags=flags, internaldate=int(at.timestamp()))

    return put


@pytest.fixture
def html_letter(deliver) -> Callable[[str], Appended]:
    """A letter whose body is this HTML."""
    return lambda markup: deliver(
        markup, headers="MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
    )


@pytest.fixture
def page(alice) -> Client:
    """Alice's browser, signed in."""
    client = Client()
    client.force_login(alice, backend=BACKEND)
    return client


@pytest.fixture
def inbox(alice):
    """Alice's INBOX as it is when asked."""
    return mailboxes.named(alice.pk, "INBOX")
