"""What there is to tell a browser, in the words of the person it belongs to.

News is mail that lies unread in the inbox: not what was filtered to Spam or another folder, not what was moved there
later, not one's own. What arrived during quiet hours is not told afterwards.
"""

from __future__ import annotations

import json
import time
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mailcore.identity import addresses as directory
from mailcore.identity import preferences
from mailcore.identity.preferences import Preferences
from mailcore.message import addresses
from mailcore.models import Account, Entry, Message, PushSubscription
from mailcore.models.entry import SEEN
from mailcore.models.mailbox import INBOX
from mailcore.push.wire.sealing import MOST_BYTES
from mailcore.store import mailboxes

MOST_LETTERS = 100  # looked at; whoever was away for longer is told of the newest
MOST_LINES = 4
LONGEST_LINE = 120
FRESH_SECONDS = 2 * 86_400  # an import of old mail is no news
SALT = "mailcore.push"  # of the token that lets a notification's buttons act
TAG = "mail"


@dataclass(frozen=True, slots=True)
class Letter:
    """One that has come."""

    message_id: int
    conversation_id: int
    sender: str
    subject: str


def since(account: Account, announced: int, now: float | None = None) -> tuple[list[Letter], int]:
    """What there is to tell after the message `announced`, oldest first; and the newest message looked at."""
    last = list(
        Message.objects.filter(account_id=account.pk, id__gt=announced)
        .only(
            "id",
            "conversation_id",
            "sender",
            "subject",
            "to",
            "cc",
            "is_list",
            "auto_submitted",
            "internaldate",
        )
        .order_by("-id")[:MOST_LETTERS]
    )
    if not last:
        return [], announced
    wanted = preferences.of(account).notify
    fresh = (time.time() if now is None else now) - FRESH_SECONDS
    inbox = mailboxes.named(account.pk, INBOX)
    entries = Entry.objects.filter(
        account_id=account.pk, message_id__in=[row.id for row in last], mailbox_id=inbox.id, expunged=False
    )
    lying = {entry.message_id for entry in entries if not entry.flags & SEEN}
    own = directory.names_of(account)
    letters = []
    for row in reversed(last):
        person = addresses.parse_one(row.sender)
        address = person.address.lower() if person else ""
        if row.id not in lying or row.internaldate < fresh or address in own:
            continue
        if wanted == "none" or (wanted == "people" and not _is_personal(row, own)):
            continue
        name = (person.name or person.address) if person else row.sender
        letters.append(Letter(row.id, row.conversation_id, _line(name), _line(row.subject)))
    return letters, last[0].id


def is_quiet(chosen: Preferences, zone: str, at: float) -> bool:
    """Whether the person does not want to be disturbed now: from one hour to the other, perhaps over midnight."""
    begins, ends = chosen.quiet_from, chosen.quiet_until
    if begins < 0 or begins == ends:
        return False
    hour = datetime.fromtimestamp(at, _zone(chosen.time_zone or zone)).hour
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends


def told(account: Account, row: PushSubscription, letters: Sequence[Letter]) -> bytes:
    """The message for static/js/push_worker.js."""
    chosen = preferences.of(account)
    with translation.override(_language(chosen.language or row.language)):
        said = _said(account, letters, hidden=not chosen.notify_content)
    said["unread"] = mailboxes.named(account.pk, INBOX).unseen
    return _fitting(said)


def trial(account: Account, row: PushSubscription) -> bytes:
    """What the button "Send a test" sends."""
    chosen = preferences.of(account)
    with translation.override(_language(chosen.language or row.language)):
        body = _("Notifications work in this browser.")
    said = {"title": account.address, "body": body, "tag": "test", "even_if_open": True}
    return _fitting(said)


def _said(account: Account, letters: Sequence[Letter], *, hidden: bool) -> dict[str, Any]:
    newest = letters[-1]
    many = ngettext("%(count)d new message", "%(count)d new messages", len(letters)) % {"count": len(letters)}
    if hidden:
        return {"title": many, "body": account.address, "tag": TAG}
    if len({letter.conversation_id for letter in letters}) == 1:
        note = [account.pk, newest.conversation_id, [letter.message_id for letter in letters][-20:]]
        return {
            "title": newest.sender,
            "body": newest.subject or _("(no subject)"),
            "tag": f"{TAG}-{newest.conversation_id}",
            "conversation": str(newest.conversation_id),
            "actions": [["archive", _("Archive")], ["read", _("Mark as read")]],
            "token": signing.dumps(note, salt=SALT),
        }
    lines = [f"{letter.sender}: {letter.subject}" for letter in reversed(letters)]
    more = ["…"] if len(lines) > MOST_LINES else []
    return {"title": many, "body": "\n".join(lines[:MOST_LINES] + more), "tag": TAG}


def _is_personal(row: Message, own: frozenset[str]) -> bool:
    """Written by a person to this one: no list, no machine, and one of their addresses stands in To or Cc."""
    if row.is_list or row.auto_submitted:
        return False
    named = addresses.mailboxes(addresses.parse(f"{row.to}, {row.cc}" if row.cc else row.to))
    return any(one.address.lower() in own for one in named)


def _line(text: str) -> str:
    """One line, without controls and what would turn the text around."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= LONGEST_LINE else clean[: LONGEST_LINE - 1] + "…"


def _fitting(said: dict[str, Any]) -> bytes:
    """As JSON that one push message holds; letters of any script are at most twelve octets each."""
    while len(octets := json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()) > MOST_BYTES:
        said["body"] = said["body"][: len(said["body"]) // 2]
    return octets


def _language(wanted: str) -> str:
    try:
        return translation.get_supported_language_variant(wanted)
    except LookupError:
        return translation.get_language() or "en"


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
