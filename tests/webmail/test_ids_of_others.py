"""Every address with an id in it, asked with the id of somebody else: 404, whatever is asked for (SECURITY D19)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from mailcore.drafts import rows
from mailcore.identity import accounts, delegations
from mailcore.models import AppPassword, Entry, Message
from mailcore.search import keeping
from mailcore.store import labels, mailboxes
from mailcore.transfer import rows as transfers

NUMBER = re.compile(r"<int:(\w+)>")


def addresses(resolver: URLResolver, path: str = "") -> Iterator[str]:
    """Every pattern of ours as text; the admin guards itself."""
    for item in resolver.url_patterns:
        whole = path + str(item.pattern)
        if isinstance(item, URLPattern):
            yield whole
        elif not whole.startswith("admin"):
            yield from addresses(item, whole)


WITH_IDS = sorted({path for path in addresses(get_resolver()) if NUMBER.search(path)})


@pytest.fixture
def theirs(bob, deliver) -> dict[str, int]:
    """What bob has, by the names that addresses give to ids."""
    deliver("For Bob alone.", subject="Secret of Bob", account=bob)
    entry, message = Entry.objects.get(account_id=bob.pk), Message.objects.get(account_id=bob.pk)
    carol = accounts.create("carol@example.org", "through the glass")
    accounts.add_app_password(bob, "Phone")
    return {
        "mailbox_id": entry.mailbox_id,
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "draft_id": rows.create(bob).id,
        "label_id": labels.create(bob.pk, "Private").id,
        "search_id": keeping.save(bob.pk, "Mine", "secret").id,
        "delegation_id": delegations.give(bob, carol.address).pk,
        "app_password_id": AppPassword.objects.get().pk,
        "transfer_id": transfers.begin_server(bob.pk, "Secret of Bob", {}, "x", []).id,
    }


@pytest.mark.parametrize("path", WITH_IDS)
def test_the_id_of_somebody_else_is_not_there(path, page, bob, theirs):
    # What is not listed above gets an id out of bob's range: no row of alice's has one.
    inbox = mailboxes.named(bob.pk, "INBOX").id
    url = "/" + NUMBER.sub(lambda found: str(theirs.get(found[1], inbox)), path)
    url = re.sub(r"<str:\w+>", "1", url)
    answers = {"get": page.get(url), "post": page.post(url, {"when": "tomorrow"})}
    for method, answer in answers.items():
        assert answer.status_code in (404, 405), f"{method} {url}: {answer.status_code}"
        assert b"Secret of Bob" not in answer.content
    assert 404 in {answer.status_code for answer in answers.values()}
