"""GETQUOTA, GETQUOTAROOT; SETQUOTA is the administrator's. RFC 9208 §4.1."""

from __future__ import annotations

from mailcore.imap.errors import Refused
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.mailbox_name import mailbox_name, written
from mailcore.imap.wire.reader import text
from mailcore.store import mailboxes, quota

ROOT = ""  # one root for the whole account


def getquota(session: Session, request: Request) -> Commanded:
    if request.read(text) != ROOT:
        raise Refused("No such quota root", b"NONEXISTENT")
    yield _quota(session)
    return Done("GETQUOTA completed")


def getquotaroot(session: Session, request: Request) -> Commanded:
    mailbox = mailboxes.named(session.account_id, request.read(mailbox_name))
    yield b'* QUOTAROOT %s ""\r\n' % written(mailbox.name, session.speaks_utf8)
    yield _quota(session)
    return Done("GETQUOTAROOT completed")


def setquota(session: Session, request: Request) -> Commanded:
    yield from ()
    raise Refused("Only the administrator sets quotas", b"NOPERM")


def _quota(session: Session) -> bytes:
    usage = quota.usage(session.account_id)
    if not usage.allowed:
        return b'* QUOTA "" ()\r\n'
    kibibytes = -(-usage.used // 1024), usage.allowed // 1024
    return b'* QUOTA "" (STORAGE %d %d)\r\n' % kibibytes
