"""An account that has only its mail: the store knows no addresses."""

from __future__ import annotations

import pytest

from mailcore.models import Mailbox
from mailcore.store import mailboxes

ACCOUNT = 7


@pytest.fixture
def account_id(db) -> int:
    """An account with the usual mailboxes and no quota."""
    mailboxes.provision(ACCOUNT)
    return ACCOUNT


@pytest.fixture
def inbox(account_id: int) -> Mailbox:
    return mailboxes.named(account_id, "INBOX")


@pytest.fixture
def archive(account_id: int) -> Mailbox:
    return mailboxes.named(account_id, "Archive")
