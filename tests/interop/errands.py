"""An ordinary process of the service that does as it is told, line by line: `python -m tests.interop.errands`.

Each line is JSON: what to do, the token that a letter is known by, and when. Each is answered with a line of JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()  # models need it before they are imported

# ruff: noqa: E402
from mailcore.drafts import begin, send
from mailcore.drafts import rows as drafts
from mailcore.drafts.errors import AlreadySent
from mailcore.identity import accounts, domains
from mailcore.later import follow_up, sending, snooze
from mailcore.models import Account, Draft, Entry, Message, OutboundRecipient, Reminder
from mailcore.models.entry import SEEN
from mailcore.store import mailboxes
from tests.builders import deliver, message

ALICE = "alice@example.org"


def begin_with() -> Account:
    domains.add("example.org")
    return accounts.create(ALICE, "wonderland")


def letter(account: Account, token: str) -> Draft:
    return drafts.save(begin.new(account), to="carol@far.test", subject=token, text="At four?")


def do(account: Account, what: str, token: str, at: int) -> Any:
    if what == "later":
        return sending.schedule(account, letter(account, token), at).id
    if what == "send":
        return send.send(account, letter(account, token), undo_seconds=at).id
    if what == "undo":
        try:
            return send.undo(account, drafts.of(account.pk, at)).state
        except AlreadySent:
            return "too late"
    if what == "cancel":
        try:
            return sending.cancel(account, at).state
        except AlreadySent:
            return "too late"
    if what in ("snooze", "remind"):
        mailbox, sender = ("INBOX", "bob@far.test") if what == "snooze" else ("Sent", ALICE)
        raw = message(token, sender=sender, message_id=f"{token}@x")
        [put] = deliver(account, raw, mailbox=mailbox, flags=SEEN)
        if what == "snooze":
            return snooze.snooze(account.pk, [put.conversation_id], at)[0].conversation_id
        row = follow_up.remind(account.pk, put.conversation_id, at)
        return row.conversation_id if row else 0
    if what == "queue":
        waiting = OutboundRecipient.objects.filter(account_id=account.pk).exclude(state="delivered")
        return list(waiting.values_list("state", "crashes", "attempts", "next_attempt", "last_reply"))
    return state(account)


def state(account: Account) -> dict[str, Any]:
    """Token → in which mailboxes it lies; what still waits; what came back."""
    boxes = {box.id: box.name for box in mailboxes.listing(account.pk)}
    entries = list(
        Entry.objects.filter(account_id=account.pk, expunged=False)
    )  # before the messages: one may come
    subjects = dict(Message.objects.filter(account_id=account.pk).values_list("id", "subject"))
    lying: dict[str, list[str]] = {}
    for entry in entries:
        mark = "" if entry.flags & SEEN else " unread"
        lying.setdefault(subjects[entry.message_id], []).append(boxes[entry.mailbox_id] + mark)
    rows = Reminder.objects.filter(account_id=account.pk)
    return {
        "lying": lying,
        "waiting": rows.filter(state="waiting").count(),
        "failed": rows.filter(state="failed").count(),
        "back": sorted(rows.filter(state="back").values_list("conversation_id", flat=True)),
    }


def main() -> None:
    alice = Account.objects.filter(address=ALICE).first() or begin_with()
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(do(alice, asked["do"], asked.get("token", ""), asked.get("at", 0))), flush=True)


if __name__ == "__main__":
    main()
