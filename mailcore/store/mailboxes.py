"""Create, rename, delete, subscribe; find by name or by use."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from mailcore.changes import change
from mailcore.models import AccountState, Entry, Mailbox
from mailcore.models.mailbox import (
    ARCHIVE,
    DRAFTS,
    INBOX,
    JUNK,
    SCHEDULED,
    SENT,
    SEPARATOR,
    SNOOZED,
    TRASH,
)
from mailcore.store import mailbox_metadata, messages, writing
from mailcore.store.errors import MailboxExists, MailboxNotFound, NameInvalid, NotPermitted
from mailcore.store.uidset import Ranges
from mailcore.store.writing import Write

MOST_LEVELS = 50
MOST_NAME_CHARACTERS = 1000
MOST_MAILBOXES = 10_000
SPECIAL = {SENT: "Sent", DRAFTS: "Drafts", TRASH: "Trash", JUNK: "Junk", ARCHIVE: "Archive"}
ON_DEMAND = {SNOOZED: "Snoozed", SCHEDULED: "Scheduled"}  # made when they are first needed


def provision(account_id: int, quota_bytes: int = 0) -> None:
    """Give a new account its counters and its first mailboxes; harmless the second time."""
    with writing.exclusive():
        AccountState.objects.get_or_create(account_id=account_id, defaults={"quota_bytes": quota_bytes})
    with writing.account(account_id) as write:
        names = set(_live(account_id).values_list("name", flat=True))
        for name, use in [(INBOX, ""), *((name, use) for use, name in SPECIAL.items())]:
            if name not in names:
                _insert(write, name, use)


def listing(account_id: int) -> list[Mailbox]:
    """Every mailbox of the account, INBOX first, then by name."""
    found = list(_live(account_id).order_by("name"))
    return sorted(found, key=lambda mailbox: (mailbox.name != INBOX, mailbox.name.casefold(), mailbox.name))


def named(account_id: int, name: str) -> Mailbox:
    """The mailbox of that name. Raises MailboxNotFound."""
    return _one("name = %s", [account_id, canonical(name)])


def fresh(account_id: int, mailbox_id: int) -> Mailbox:
    """The row as it is now. Raises MailboxNotFound when it was deleted."""
    return _one("id = %s", [account_id, mailbox_id])


_COLUMNS = [str(field.attname) for field in Mailbox._meta.concrete_fields]
_LIVE_ROW = (
    f"SELECT {', '.join(_COLUMNS)} FROM mailcore_mailbox WHERE deleted_modseq IS NULL AND account_id = %s"
)


def _one(condition: str, parameters: list[Any]) -> Mailbox:
    """Plain SQL: SELECT, STATUS, APPEND and COPY each begin here, and building a QuerySet costs five times as much."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_LIVE_ROW} AND {condition}", parameters)
        row = cursor.fetchone()
    if row is None:
        raise MailboxNotFound("No such mailbox")
    return Mailbox.from_db("default", _COLUMNS, [*row[:10], bool(row[10]), *row[11:]])


def special(account_id: int, use: str) -> Mailbox:
    """The mailbox with that special use (RFC 6154), made if the account has none."""
    found = _live(account_id).filter(special_use=use).order_by("id").first()
    if found is not None:
        return found
    with writing.account(account_id) as write:
        again = _live(account_id).filter(special_use=use).first()
        if again is not None:
            return again
        name = (SPECIAL | ON_DEMAND)[use]
        taken = _live(account_id).filter(name=name).first()
        if taken is not None and not taken.special_use:
            taken.special_use = use
            _touch(write, taken, change.MAILBOX_CREATED)
            return taken
        while _live(account_id).filter(name=name).exists():
            name += "_"
        return _insert(write, name, use)


def create(account_id: int, name: str, special_use: str = "") -> Mailbox:
    """A new mailbox, and those above it that are missing (RFC 9051 §6.3.4).

    Raises MailboxExists, NameInvalid, NotPermitted.
    """
    name = canonical(name)
    if name == INBOX:
        raise MailboxExists("INBOX is always there")
    with writing.account(account_id) as write:
        names = set(_live(account_id).values_list("name", flat=True))
        if name in names:
            raise MailboxExists("That mailbox is already there")
        _room(names)
        if special_use and _live(account_id).filter(special_use=special_use).exists():
            raise NotPermitted("Another mailbox has that use")
        return _create(write, name, special_use, names)


def rename(account_id: int, old: str, new: str) -> None:
    """Give a mailbox and those below it a new name; renaming INBOX moves its messages (RFC 9051 §6.3.6)."""
    old, new = canonical(old), canonical(new)
    with writing.account(account_id) as write:
        names = dict(_live(account_id).values_list("name", "id"))
        if old not in names:
            raise MailboxNotFound("No such mailbox")
        if new in names or new == INBOX:
            raise MailboxExists("That mailbox is already there")
        if new.startswith(old + SEPARATOR):
            raise NotPermitted("A mailbox cannot be put into itself")
        if old == INBOX:
            target = _create(write, new, "", set(names))
            copied = messages._copy(write, names[INBOX], None, target.id, is_move=True)
            messages._expunge(write, names[INBOX], copied.old_uids)
            return
        inside = old + SEPARATOR
        moving = sorted(name for name in names if name == old or name.startswith(inside))
        if any(new + name[len(old) :] in names for name in moving):
            raise MailboxExists("That mailbox is already there")
        for name in moving:
            _check(new + name[len(old) :])
        _create_above(write, new, set(names) - set(moving))
        for name in moving:
            mailbox = _live(account_id).get(id=names[name])
            mailbox.name = new + name[len(old) :]
            _touch(write, mailbox, change.MAILBOX_RENAMED, name)


def delete(account_id: int, name: str) -> Mailbox:
    """Remove a mailbox with its messages; those below it stay (RFC 9051 §6.3.5)."""
    name = canonical(name)
    if name == INBOX:
        raise NotPermitted("INBOX cannot be deleted")
    with writing.account(account_id) as write:
        mailbox = _live(account_id).filter(name=name).first()
        if mailbox is None:
            raise MailboxNotFound("No such mailbox")
        messages._expunge(write, mailbox.id, Ranges(((1, 1 << 62),)))
        mailbox_metadata.forget(account_id, mailbox.id)
        mailbox.refresh_from_db(fields=["total", "unseen", "bytes"])
        mailbox.deleted_modseq = write.modseq
        _touch(write, mailbox, change.MAILBOX_DELETED)
        return mailbox


def subscribe(account_id: int, name: str, is_subscribed: bool = True) -> None:
    """Set or clear the mark that LSUB and LIST (SUBSCRIBED) look at."""
    with writing.account(account_id) as write:
        mailbox = named(account_id, name)
        if mailbox.is_subscribed != is_subscribed:
            mailbox.is_subscribed = is_subscribed
            _touch(write, mailbox, change.MAILBOX_SUBSCRIBED, str(int(is_subscribed)))


def unsubscribe(account_id: int, name: str) -> None:
    """Clear the mark."""
    subscribe(account_id, name, False)


def claim_recent(mailbox: Mailbox) -> tuple[int, int]:
    """For a session that selects the mailbox to write: UIDs [first, next) are \\Recent to it alone."""
    row = _live(mailbox.account_id).filter(id=mailbox.id).values_list("recent_from", "uidnext").first()
    if row is None:
        raise MailboxNotFound("No such mailbox")
    if row[0] == row[1]:  # nothing new: nothing to write, so SELECT stays a read
        return row
    # What \Recent was may be lost with the power.
    with writing.account(mailbox.account_id, is_durable=False):
        first, uidnext = (
            Mailbox.objects.filter(account_id=mailbox.account_id, id=mailbox.id)
            .values_list("recent_from", "uidnext")
            .get()
        )
        Mailbox.objects.filter(account_id=mailbox.account_id, id=mailbox.id).update(recent_from=F("uidnext"))
        return first, uidnext


def canonical(name: str) -> str:
    """INBOX in any case is INBOX, also as the first level (RFC 9051 §5.1). Raises NameInvalid."""
    name = name.removesuffix(SEPARATOR)
    first, separator, rest = name.partition(SEPARATOR)
    if first.upper() == INBOX:
        name = INBOX + separator + rest
    _check(name)
    return name


def _check(name: str) -> None:
    levels = name.split(SEPARATOR)
    if not name or len(name) > MOST_NAME_CHARACTERS or len(levels) > MOST_LEVELS:
        raise NameInvalid("A mailbox name is empty, too long or too deep")
    if any(not level or level != level.strip() or level in (".", "..") for level in levels):
        raise NameInvalid("A level of a mailbox name is empty or begins or ends with a space")
    if any(character < " " or 0x7F <= ord(character) < 0xA0 or character in "%*" for character in name):
        raise NameInvalid("A mailbox name holds a character that names cannot have")


def _room(names: set[str]) -> None:
    if len(names) >= MOST_MAILBOXES:
        raise NotPermitted("Too many mailboxes")


def _live(account_id: int) -> QuerySet[Mailbox]:
    return Mailbox.objects.filter(account_id=account_id, deleted_modseq__isnull=True)


def _create(write: Write, name: str, special_use: str, names: set[str]) -> Mailbox:
    _create_above(write, name, names)
    return _insert(write, name, special_use)


def _create_above(write: Write, name: str, names: set[str]) -> None:
    levels = name.split(SEPARATOR)
    for depth in range(1, len(levels)):
        above = SEPARATOR.join(levels[:depth])
        if above not in names:
            _insert(write, above, "")


def _insert(write: Write, name: str, special_use: str) -> Mailbox:
    mailbox = Mailbox(
        id=write.new_id(),
        account_id=write.account_id,
        name=name,
        uidvalidity=write.new_uidvalidity(),
        special_use=special_use,
        highest_modseq=write.modseq,
        created_modseq=write.modseq,
    )
    mailbox.save(force_insert=True)
    write.changed(mailbox.id, change.MAILBOX_CREATED)
    return mailbox


def _touch(write: Write, mailbox: Mailbox, kind: str, detail: str = "") -> None:
    mailbox.save(update_fields=["name", "is_subscribed", "special_use", "deleted_modseq"])
    write.changed(mailbox.id, kind, detail)


def bury(account_id: int, mailbox_id: int) -> None:
    """Forget a deleted mailbox's row once its tombstones are gone (upkeep)."""
    with writing.account(account_id):
        if not Entry.objects.filter(account_id=account_id, mailbox_id=mailbox_id).exists():
            Mailbox.objects.filter(
                account_id=account_id, id=mailbox_id, deleted_modseq__isnull=False
            ).delete()
