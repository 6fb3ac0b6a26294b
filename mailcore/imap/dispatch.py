"""The table of commands, and how one is run. RFC 9051 §6, RFC 9051 §7.5.1.

Which verb is legal when, what `sync` may tell after it, and whether it needs a database are columns, not
code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from mailcore.dialogue import ClientGone, Close, Handler
from mailcore.imap import errors, sync
from mailcore.imap.commands import (
    append,
    authenticate,
    capability,
    close,
    compress,
    copy,
    create,
    delete,
    enable,
    esearch,
    expunge,
    fetch,
    getquota,
    id,
    idle,
    list,
    login,
    logout,
    metadata,
    move,
    namespace,
    noop,
    rename,
    replace,
    search,
    select,
    sort,
    starttls,
    status,
    store,
    subscribe,
    thread,
    unauthenticate,
    unselect,
)
from mailcore.imap.request import SAID, Commanded, Done, Request
from mailcore.imap.selected import BeliefBroken
from mailcore.imap.session import Session, State
from mailcore.imap.sync import Tell
from mailcore.imap.wire import framing, response
from mailcore.imap.wire.malformed import Malformed, NumbersForbidden
from mailcore.imap.wire.reader import Reader

log = logging.getLogger(__name__)

STRANGER = frozenset({State.NOT_AUTHENTICATED})
LOGGED_IN = frozenset({State.AUTHENTICATED, State.SELECTED})
SELECTED = frozenset({State.SELECTED})
ANYWHERE = STRANGER | LOGGED_IN

NOTHING, NO_EXPUNGE, EVERYTHING = Tell.NOTHING, Tell.NO_EXPUNGE, Tell.EVERYTHING


@dataclass(frozen=True, slots=True)
class Entry:
    handler: Callable[[Session, Request], Commanded]
    states: frozenset[State]
    tell: Tell = EVERYTHING
    needs_database: bool = True


# fmt: off
COMMANDS: dict[str, Entry] = {
    # verb                handler                    allowed in  what sync may tell afterwards
    "CAPABILITY":   Entry(capability.capability,     ANYWHERE,   NOTHING, needs_database=False),
    "NOOP":         Entry(noop.noop,                 ANYWHERE,   EVERYTHING),
    "LOGOUT":       Entry(logout.logout,             ANYWHERE,   NOTHING, needs_database=False),
    "ID":           Entry(id.identify,               ANYWHERE,   NOTHING, needs_database=False),
    "STARTTLS":     Entry(starttls.starttls,         STRANGER,   NOTHING, needs_database=False),
    "AUTHENTICATE": Entry(authenticate.authenticate, STRANGER,   NOTHING),
    "LOGIN":        Entry(login.login,               STRANGER,   NOTHING),
    "UNAUTHENTICATE": Entry(unauthenticate.unauthenticate, LOGGED_IN, NOTHING, needs_database=False),
    "COMPRESS":     Entry(compress.compress,         LOGGED_IN,  NOTHING, needs_database=False),
    "ENABLE":       Entry(enable.enable,             LOGGED_IN,  NOTHING),
    "SELECT":       Entry(select.select,             LOGGED_IN,  NOTHING),
    "EXAMINE":      Entry(select.examine,            LOGGED_IN,  NOTHING),
    "CREATE":       Entry(create.create,             LOGGED_IN),
    "DELETE":       Entry(delete.delete,             LOGGED_IN),
    "RENAME":       Entry(rename.rename,             LOGGED_IN),
    "SUBSCRIBE":    Entry(subscribe.subscribe,       LOGGED_IN),
    "UNSUBSCRIBE":  Entry(subscribe.unsubscribe,     LOGGED_IN),
    "LIST":         Entry(list.listed,               LOGGED_IN),
    "LSUB":         Entry(list.lsub,                 LOGGED_IN),
    "NAMESPACE":    Entry(namespace.namespace,       LOGGED_IN),
    "STATUS":       Entry(status.status,             LOGGED_IN),
    "APPEND":       Entry(append.append,             LOGGED_IN),
    "IDLE":         Entry(idle.idle,                 LOGGED_IN),
    "GETQUOTA":     Entry(getquota.getquota,         LOGGED_IN),
    "GETQUOTAROOT": Entry(getquota.getquotaroot,     LOGGED_IN),
    "SETQUOTA":     Entry(getquota.setquota,         LOGGED_IN),
    "ESEARCH":      Entry(esearch.esearch,           LOGGED_IN,  NO_EXPUNGE),
    "GETMETADATA":  Entry(metadata.getmetadata,      LOGGED_IN),
    "SETMETADATA":  Entry(metadata.setmetadata,      LOGGED_IN),
    "CHECK":        Entry(noop.check,                SELECTED),
    "CLOSE":        Entry(close.close,               SELECTED,   NOTHING),
    "UNSELECT":     Entry(unselect.unselect,         SELECTED,   NOTHING, needs_database=False),
    "EXPUNGE":      Entry(expunge.expunge,           SELECTED),
    "SEARCH":       Entry(search.search,             SELECTED,   NO_EXPUNGE),  # RFC 9051 §7.5.1
    "SORT":         Entry(sort.sort,                 SELECTED,   NO_EXPUNGE),
    "THREAD":       Entry(thread.thread,             SELECTED,   NO_EXPUNGE),
    "FETCH":        Entry(fetch.fetch,               SELECTED,   NO_EXPUNGE),
    "STORE":        Entry(store.store,               SELECTED,   NO_EXPUNGE),
    "REPLACE":      Entry(replace.replace,           SELECTED),
    "COPY":         Entry(copy.copy,                 SELECTED),
    "MOVE":         Entry(move.move,                 SELECTED),
    "UID EXPUNGE":  Entry(expunge.uid_expunge,       SELECTED),
    "UID SEARCH":   Entry(search.search,             SELECTED),
    "UID SORT":     Entry(sort.sort,                 SELECTED),
    "UID THREAD":   Entry(thread.thread,             SELECTED),
    "UID FETCH":    Entry(fetch.fetch,               SELECTED),
    "UID STORE":    Entry(store.store,               SELECTED),
    "UID REPLACE":  Entry(replace.replace,           SELECTED),
    "UID COPY":     Entry(copy.copy,                 SELECTED),
    "UID MOVE":     Entry(move.move,                 SELECTED),
}
# fmt: on
# These take or give message numbers; EXPUNGE, which has a UID form too, does neither.
NUMBERED = {verb for verb in COMMANDS if f"UID {verb}" in COMMANDS} - {"EXPUNGE"}


def needs_database(session: Session, line: bytes) -> bool:
    """Whether this line's command may touch the database; False lets it run on the event loop."""
    words = line.split(b" ", 2)
    entry = COMMANDS.get(words[1].upper().decode("ascii", "replace")) if len(words) > 1 else None
    if entry is None:
        return bool(words[1:] and words[1].upper() == b"UID")
    if words[1].upper() == b"NOOP":
        return session.state is State.SELECTED
    return entry.needs_database


def run(session: Session, line: bytes) -> Handler:
    """One command, from its first line to its tagged answer."""
    try:
        command = yield from framing.collect(line, session.limits)
    except framing.TooLong as problem:
        yield from _bad(session, _tag_of(line), str(problem))
        return
    except framing.OutOfStep as problem:
        yield from _farewell(session, str(problem))
        return
    reader = Reader(command, session.speaks_utf8)
    tag = "*"
    try:
        tag = reader.tag()
        request, entry = _request(session, tag, reader)
    except Malformed as problem:
        yield from _bad(session, tag, str(problem), _code(problem))
        return
    yield from _perform(session, request, entry)


def _request(session: Session, tag: str, reader: Reader) -> tuple[Request, Entry]:
    reader.space()
    name = verb = reader.word()
    by_uid = verb == "UID"
    if by_uid:
        reader.space()
        verb = reader.word()
        name = f"UID {verb}"
    entry = COMMANDS.get(name)
    if entry is None:
        raise Malformed("Unknown command")
    if session.state not in entry.states:
        raise Malformed(f"{name} is not allowed now")
    if session.uids_only and name in NUMBERED:
        raise NumbersForbidden
    return Request(tag, verb, by_uid, reader), entry


def _perform(session: Session, request: Request, entry: Entry) -> Handler:
    try:
        done = yield from entry.handler(session, request)
        yield from sync.updates(session, entry.tell)
    except Malformed as problem:
        yield from _bad(session, request.tag, str(problem), _code(problem))
        return
    except (framing.OutOfStep, sync.MailboxGone, BeliefBroken) as problem:
        yield from _farewell(session, str(problem) or "Selected mailbox was deleted")
        return
    except (ClientGone, GeneratorExit):
        raise
    except Exception as problem:
        done = _explained(session, request, problem)
    if done is SAID:
        return
    if done.condition == "BAD":
        yield from _bad(session, request.tag, done.text, done.code)
        return
    yield response.status(request.tag, done.condition, done.text, done.code)
    if session.state is State.LOGOUT:
        yield Close()
    elif not session.behaved():
        yield from _farewell(session, "Too many commands before login")


def _explained(session: Session, request: Request, problem: Exception) -> Done:
    done = errors.answer(request.verb, problem)
    if done is None:
        log.exception("command-failed session=%s verb=%s", session.id, request.verb)
        return Done("Something went wrong on our side", b"SERVERBUG", "NO")
    return done


def _code(problem: Malformed) -> bytes:
    return b"UIDREQUIRED" if isinstance(problem, NumbersForbidden) else b""


def _bad(session: Session, tag: str, text: str, code: bytes = b"") -> Handler:
    yield response.status(tag, "BAD", text, code)
    if session.misbehaved():
        yield from _farewell(session, "Too many commands that make no sense")


def _farewell(session: Session, text: str) -> Handler:
    session.logging_out()
    yield response.bye(text)
    yield Close()


def too_long(session: Session) -> Handler:
    """A line passed the limit and was dropped. If it announced a literal, that would be run as commands now."""
    yield from _farewell(session, "Line too long")


def too_many(session: Session) -> Handler:
    """The account has more connections than it may have."""
    yield from _farewell(session, "Too many connections for this account")


def _tag_of(line: bytes) -> str:
    try:
        return Reader(line).tag()
    except Malformed:
        return "*"
