"""The table: verb, handler, when it is allowed (RFC 5321 §4.1.4), and whether it needs a thread.

`run` is the whole of one command: it looks the verb up, checks the state, runs the handler, and turns
whatever it raises into a reply. Handlers themselves know neither patience nor errors.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from mailcore.dialogue import ClientGone, Close, Handler, Pause
from mailcore.smtp import errors
from mailcore.smtp.commands import (
    auth,
    bdat,
    data,
    expn,
    hello,
    helps,
    historic,
    mail,
    noop,
    quit_,
    rcpt,
    reset,
    starttls,
    vrfy,
)
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import MAX_ERRORS, MAX_ERRORS_UNPUNISHED, MAX_JUNK, Role, Session
from mailcore.smtp.wire.framing import Broken, Line
from mailcore.smtp.wire.reply import reply

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0

# What browsers and other strays say first (ALPACA, SECURITY A10): no mail client does.
_STRAY = re.compile(
    rb"[^A-Za-z]|(?:GET|POST|PUT|HEAD|OPTIONS|CONNECT|DELETE|PATCH|TRACE|PRI|CONTENT-\w+|HOST|USER-AGENT)\b",
    re.I,
)


def _no(session: Session, argument: str) -> bool:
    return False


def _yes(session: Session, argument: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """One verb."""

    handler: Callable[[Session, str], Handler]
    needs_hello: bool = False
    needs_login: bool = False  # on the submission port (RFC 6409 §4.3)
    is_last: bool = False  # the client must wait for our reply, or data follows (RFC 2920 §3.1)
    is_junk: bool = False  # costs us work and brings no message nearer
    needs_database: Callable[[Session, str], bool] = _no
    begins_without: bool = False  # the database is needed only once the message is here


COMMANDS = {
    # verb           handler            allowed and run
    "EHLO": Entry(hello.ehlo, is_last=True, is_junk=True),
    "HELO": Entry(hello.helo, is_last=True, is_junk=True),
    "STARTTLS": Entry(starttls.starttls, is_last=True),
    "AUTH": Entry(auth.auth, needs_hello=True, is_last=True, needs_database=_yes),
    "MAIL": Entry(mail.mail, needs_hello=True, needs_login=True, needs_database=mail.needs_database),
    "RCPT": Entry(rcpt.rcpt, needs_hello=True, needs_login=True, needs_database=rcpt.needs_database),
    "DATA": Entry(
        data.data, needs_hello=True, needs_login=True, is_last=True, needs_database=_yes, begins_without=True
    ),
    "BDAT": Entry(
        bdat.bdat, needs_hello=True, needs_login=True, is_last=True, needs_database=_yes, begins_without=True
    ),
    "RSET": Entry(reset.rset, is_junk=True),
    "NOOP": Entry(noop.noop, is_junk=True),
    "VRFY": Entry(vrfy.vrfy, needs_login=True, is_junk=True),
    "EXPN": Entry(expn.expn, needs_login=True, is_junk=True),
    "HELP": Entry(helps.help_, is_junk=True),
    "QUIT": Entry(quit_.quit_, is_last=True),
    "TURN": Entry(historic.historic, is_junk=True),
    "SEND": Entry(historic.historic, is_junk=True),
    "SOML": Entry(historic.historic, is_junk=True),
    "SAML": Entry(historic.historic, is_junk=True),
}


def split(line: bytes) -> tuple[str, bytes]:
    """The verb in upper case, and the rest of the line."""
    verb, _, rest = line.partition(b" ")
    return verb.decode("ascii", "replace").upper(), rest


def is_last(line: Line) -> bool:
    """Whether nothing behind this line may be read as a command before it has been answered."""
    if isinstance(line, Broken):
        return line.is_fatal
    entry = COMMANDS.get(split(line)[0])
    return entry is not None and entry.is_last


def needs_database(session: Session, line: Line) -> bool:
    """Whether the command must run on a thread; the rest runs on the loop."""
    if isinstance(line, Broken):
        return False
    verb, rest = split(line)
    entry = COMMANDS.get(verb)
    return entry is not None and entry.needs_database(session, rest.decode("utf-8", "replace"))


def begins_here(line: Line) -> bool:
    """Whether a command that needs a thread can begin without one."""
    if isinstance(line, Broken):
        return False
    entry = COMMANDS.get(split(line)[0])
    return entry is not None and entry.begins_without


def run(session: Session, line: Line) -> Handler:
    """One command, from its line to its reply."""
    try:
        yield from _run(session, line)
    except ClientGone:
        session.reset()
        raise
    except Exception as problem:
        yield from _refuse(session, errors.translated(problem, session.id))


def greeting(session: Session) -> Handler:
    """What the client hears first (RFC 5321 §4.3.1)."""
    yield reply(220, "", f"{session.policy.hostname} ESMTP ready")


def too_many(session: Session) -> Handler:
    """This account has more connections open than it may."""
    yield reply(421, "4.7.0", f"{session.policy.hostname} Too many connections; closing connection")
    yield Close()


def _run(session: Session, line: Line) -> Handler:
    if isinstance(line, Broken):
        raise Refused(line.code, line.enhanced, line.text, closes=line.is_fatal)
    if _STRAY.match(line):
        raise Refused(500, "5.5.2", "This is a mail server; closing connection", closes=True)
    verb, rest = split(line)
    entry = COMMANDS.get(verb)
    if session.suspects_body and entry is None:
        raise Refused(554, "5.5.1", "The message was refused; closing connection", closes=True)
    session.suspects_body = False
    if entry is None:
        raise Refused(500, "5.5.1", "Unknown command")
    _check(session, entry)
    yield from entry.handler(session, _argument(rest))


def _check(session: Session, entry: Entry) -> None:
    if entry.is_junk:
        session.junk += 1
        if session.junk > MAX_JUNK:
            raise Refused(421, "4.7.0", "Too much talk and no message; closing connection", closes=True)
    if session.is_input_pending and entry.is_last and not session.is_extended and not session.helo:
        # Nobody knows yet that we pipeline (RFC 2920 §3.1): this is a script that listens to nothing.
        raise Refused(554, "5.5.0", "Wait for the answer to your greeting; closing connection", closes=True)
    if entry.needs_hello and not session.helo:
        raise Refused(503, "5.5.1", "EHLO or HELO first")
    if entry.needs_login and session.role is Role.SUBMISSION and session.account is None:
        if not session.mechanisms and session.can_encrypt:
            raise Refused(530, "5.7.0", "STARTTLS and authentication first")
        raise Refused(530, "5.7.0", "Authentication required")


def _argument(rest: bytes) -> str:
    try:
        text = rest.decode().strip(" ")
    except UnicodeDecodeError:
        raise Refused(500, "5.5.2", "That is not UTF-8") from None
    if not text.isprintable():
        raise Refused(501, "5.5.4", "Control characters in command")
    return text


def _refuse(session: Session, refusal: Refused) -> Handler:
    """Say no, a little slower each time, and in the end hang up."""
    session.errors += 1
    logger.info(
        "refused session=%s peer=%s code=%d reason=%r", session.id, session.peer, refusal.code, refusal.text
    )
    if session.errors > MAX_ERRORS_UNPUNISHED and not refusal.closes:
        yield Pause(PAUSE_SECONDS)
    yield reply(refusal.code, refusal.enhanced, refusal.text)
    session.is_over = refusal.closes or session.errors >= MAX_ERRORS
    if refusal.closes:
        yield Close()
    elif session.errors >= MAX_ERRORS:
        yield reply(421, "4.7.0", f"{session.policy.hostname} Too many errors; closing connection")
        yield Close()
