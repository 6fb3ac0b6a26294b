"""What an operator sees of the queue, and does about it."""

from __future__ import annotations

import time
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from mailcore.models import OutboundRecipient
from mailcore.outbound import queue
from mailcore.outbound.queue import Outcomes, Result, Tried
from mailcore.outbound.reply import Reply
from mailcore.store import blobs

pytestmark = pytest.mark.django_db


def run(*command: str) -> list[str]:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def waiting(alice) -> int:
    """Bob was not at home; carol was."""
    number = queue.put(
        alice.pk, alice.address, ["bob@example.net", "carol@example.net"], blobs.put(b"A: b\r\n\r\n")
    )
    batch = queue.claim("example.net")
    replies = [Reply(451, "4.2.1", "not now"), Reply(250, "", "ok")]
    results = [Result(one, reply) for one, reply in zip(batch.recipients, replies, strict=True)]
    tried = Tried(alice.pk, number, "mx[192.0.2.1]:25", "TLSv1.3", "C: EHLO\nS: 250 ok")
    queue.record([Outcomes(batch, results, [tried])])
    return number


def test_the_queue_one_recipient_a_line(waiting):
    (line,) = run("show_queue")
    assert " queued next=" in line
    assert f"to=<bob@example.net> from=<alice@example.org> message={waiting} said=451 4.2.1 not now" in line
    assert run("show_queue", "--domain", "example.com") == []


def test_the_conversations_about_a_message(waiting):
    first, *said = run("show_queue", str(waiting))
    assert first.endswith("mx[192.0.2.1]:25 TLSv1.3")
    assert said == ["  C: EHLO", "  S: 250 ok"]
    with pytest.raises(CommandError, match="no message"):
        run("show_queue", "12345")


@pytest.mark.parametrize("which", [["--all"], ["--domain", "Example.net"], ["ID"]])
def test_what_waits_is_due_at_once(waiting, which):
    row = OutboundRecipient.objects.get(state="queued")
    words = [str(row.id) if word == "ID" else word for word in which]
    assert run("retry_outbound", *words) == ["due now: 1"]
    row.refresh_from_db()
    assert row.next_attempt <= time.time()


def test_one_must_say_which(waiting):
    with pytest.raises(CommandError, match="Say which"):
        run("retry_outbound")
