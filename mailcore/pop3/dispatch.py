"""The table: verb, handler, state, and whether it needs a thread. RFC 1939 §3."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from mailcore.dialogue import ClientGone, Close, Handler, Pause
from mailcore.pop3 import errors, wire
from mailcore.pop3.commands import (
    auth,
    capabilities,
    delete,
    listing,
    login,
    noop,
    quit_,
    retrieve,
    stls,
    utf8,
)
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import MAX_ERRORS, MAX_ERRORS_UNPUNISHED, Session, State
from mailcore.pop3.wire import Command, Malformed

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0

AUTHORIZATION = frozenset({State.AUTHORIZATION})
TRANSACTION = frozenset({State.TRANSACTION})
ANYWHERE = AUTHORIZATION | TRANSACTION


def _no(session: Session, command: Command) -> bool:
    return False


def _yes(session: Session, command: Command) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """One verb."""

    handler: Callable[[Session, Command], Handler]
    states: frozenset[State]
    needs_database: Callable[[Session, Command], bool] = _no
    is_last: bool = False  # what follows in the same segment is not a command, or not yet


COMMANDS = {
    "CAPA": Entry(capabilities.capa, ANYWHERE),
    "USER": Entry(login.user, AUTHORIZATION),
    "PASS": Entry(login.pass_, AUTHORIZATION, _yes),
    "AUTH": Entry(auth.auth, AUTHORIZATION, _yes, is_last=True),
    "STLS": Entry(stls.stls, AUTHORIZATION, is_last=True),
    "UTF8": Entry(utf8.utf8, AUTHORIZATION),
    "STAT": Entry(listing.stat, TRANSACTION),
    "LIST": Entry(listing.list_, TRANSACTION, listing.is_long),
    "UIDL": Entry(listing.uidl, TRANSACTION, listing.is_long),
    "RETR": Entry(retrieve.retr, TRANSACTION, retrieve.needs_database),
    "TOP": Entry(retrieve.top, TRANSACTION, _yes),
    "DELE": Entry(delete.dele, TRANSACTION),
    "RSET": Entry(delete.rset, TRANSACTION),
    "NOOP": Entry(noop.noop, TRANSACTION),
    "QUIT": Entry(quit_.quit_, ANYWHERE, _yes, is_last=True),
}


def needs_database(session: Session, line: bytes) -> bool:
    """Whether the command must run on a thread; the rest runs on the loop."""
    try:
        command = wire.command(line)
    except Malformed:
        return False
    entry = COMMANDS.get(command.verb)
    if entry is None or session.state not in entry.states:
        return False
    if session.state is State.TRANSACTION and session.drop.lease.is_due:
        return True  # renewing it may wait for Redis
    return entry.needs_database(session, command)


def is_last(line: bytes) -> bool:
    """Whether nothing behind this line may be read as a command before it has been answered."""
    entry = COMMANDS.get(line.partition(b" ")[0].decode("ascii", "replace").upper())
    return entry is not None and entry.is_last


def greeting(session: Session) -> Handler:
    """No timestamp in it: that would offer APOP (RFC 1939 §7)."""
    yield wire.ok(f"{session.hostname} POP3 ready")


def run(session: Session, line: bytes) -> Handler:
    """One command, from its line to its answer."""
    try:
        yield from _run(session, wire.command(line))
    except ClientGone:
        raise
    except Exception as problem:
        yield from refuse(session, errors.translated(problem, session.id))


def _run(session: Session, command: Command) -> Handler:
    entry = COMMANDS.get(command.verb)
    if entry is None:
        raise Refused("Unknown command")
    if session.state not in entry.states:
        raise Refused("Sign in first" if session.state is State.AUTHORIZATION else "Signed in already")
    if session.state is State.TRANSACTION and session.drop.lease.is_due and not session.drop.lease.renew():
        raise Refused("Another session has this maildrop by now", "IN-USE", closes=True)
    yield from entry.handler(session, command)


def refuse(session: Session, refusal: Refused) -> Handler:
    """Say no, a little slower each time, and in the end hang up."""
    session.errors += 1
    if session.errors > MAX_ERRORS_UNPUNISHED and not refusal.closes:
        yield Pause(PAUSE_SECONDS)
    yield wire.err(refusal.text, refusal.code)
    if refusal.closes or session.errors >= MAX_ERRORS:
        session.is_over = True
        yield Close()


def farewell(session: Session) -> Handler:
    """The connection is gone: let go of the maildrop."""
    session.closed()
    yield from ()
