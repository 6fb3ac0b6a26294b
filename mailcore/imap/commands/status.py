"""STATUS: RFC 9051 §6.3.11, RFC 8438 (SIZE), RFC 7162 §3.1.7, RFC 7889 §3, RFC 8474 §4.3, RFC 9208 §5.3."""

from __future__ import annotations

from django.db.models import F

from mailcore.imap.object_ids import mailbox_id
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.list_options import status_items
from mailcore.imap.wire.mailbox_name import mailbox_name, written
from mailcore.models import Entry, Mailbox
from mailcore.models.entry import DELETED
from mailcore.store import mailboxes


def status(session: Session, request: Request) -> Commanded:
    name, items = request.read(mailbox_name, status_items)
    mailbox = mailboxes.named(session.account_id, name)
    yield described(session, mailbox, items)
    return Done("STATUS completed")


def described(session: Session, mailbox: Mailbox, items: list[str]) -> bytes:
    """One STATUS response; LIST RETURN (STATUS ...) uses it too (RFC 5819)."""
    if "HIGHESTMODSEQ" in items:
        session.enabled.add("CONDSTORE")  # RFC 7162 §3.1: it is a CONDSTORE enabling command
    values = " ".join(f"{item} {_value(session, mailbox, item)}" for item in items)
    return b"* STATUS %s (%s)\r\n" % (written(mailbox.name, session.speaks_utf8), values.encode())


def _value(session: Session, mailbox: Mailbox, item: str) -> int | str:
    match item:
        case "MESSAGES":
            return mailbox.total
        case "UNSEEN":
            return mailbox.unseen
        case "UIDNEXT":
            return mailbox.uidnext
        case "UIDVALIDITY":
            return mailbox.uidvalidity
        case "HIGHESTMODSEQ":
            return mailbox.highest_modseq
        case "SIZE":
            return mailbox.bytes
        case "MAILBOXID":
            return f"({mailbox_id(mailbox.id)})"
        case "APPENDLIMIT":
            return session.max_message_bytes
        case "RECENT":
            return 0 if mailbox.recent_from >= mailbox.uidnext else _recent(mailbox)
        case "DELETED":
            return len(_marked(mailbox))
        case "DELETED-STORAGE":
            return sum(_marked(mailbox))
    raise AssertionError(item)


def _recent(mailbox: Mailbox) -> int:
    live = Entry.objects.filter(account_id=mailbox.account_id, mailbox_id=mailbox.id, expunged=False)
    return live.filter(uid__gte=mailbox.recent_from).count()


def _marked(mailbox: Mailbox) -> list[int]:
    """Sizes of the messages that EXPUNGE would remove."""
    live = Entry.objects.filter(account_id=mailbox.account_id, mailbox_id=mailbox.id, expunged=False)
    marked = live.annotate(mark=F("flags").bitand(DELETED)).filter(mark=DELETED)
    return list(marked.values_list("size", flat=True))
