"""Pumps one SMTP session: RFC 5321, with pipelining (RFC 2920).

Commands that arrive together are answered together: those that need no database run on the loop, the first
that does takes the rest with it to a thread, and all their replies leave in one write.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from mailcore.dialogue import ClientGone, Effect, Handler
from mailcore.listener.connection import Connection
from mailcore.listener.pump import Pump
from mailcore.smtp import dispatch
from mailcore.smtp.session import Policy, Role, Session
from mailcore.smtp.wire.framing import Framer, Line

COMMAND_SECONDS = 300.0  # RFC 5321 §4.5.3.2.7
MOST_AT_ONCE = 100  # pipelined commands in one hop


async def serve(pump: Pump) -> None:
    """One connection, from the greeting to the end."""
    connection = pump.connection
    session = Session(
        Policy(
            hostname=settings.MAIL_HOSTNAME,
            max_message_bytes=settings.MAIL_MAX_MESSAGE_BYTES,
            max_recipients=settings.MAIL_MAX_RECIPIENTS,
        ),
        Role(pump.endpoint.role),
        peer=connection.peer,
        session_id=connection.session_id,
        is_encrypted=connection.is_tls,
    )
    framer = Framer(connection.buffered)
    is_counted = False
    try:
        await pump.run(dispatch.greeting(session), here=True)
        while pump.is_open:
            lines = await _lines(connection, framer)
            session.is_input_pending = framer.pending > 0
            await _answer(pump, session, lines)
            if session.account is not None and not is_counted:
                is_counted = True
                if not pump.on_account(session.account.pk, session.account.login_proof):
                    await pump.run(dispatch.too_many(session), here=True)
    finally:
        session.reset()


async def _lines(connection: Connection, framer: Framer) -> deque[Line]:
    """The commands that are here by now, at least one, none behind one that must be answered first."""
    connection.allow(COMMAND_SECONDS, idle=True)
    lines: deque[Line] = deque()
    while True:
        line = framer.next_line()
        if line is not None:
            lines.append(line)
            if dispatch.is_last(line) or len(lines) == MOST_AT_ONCE:
                return lines
        elif lines:
            return lines
        elif not await connection.fill():
            raise ClientGone("the client hung up")


async def _answer(pump: Pump, session: Session, lines: deque[Line]) -> None:
    said: list[bytes] = []
    while lines and not session.is_over and not dispatch.needs_database(session, lines[0]):
        handler = dispatch.run(session, lines.popleft())
        for item in handler:
            if isinstance(item, bytes):
                said.append(item)
                continue
            await pump.run(_going_on(said, item, handler), here=True)
            said = []
            break
    if lines and not session.is_over:
        await pump.run(_rest(said, session, lines), begin_here=dispatch.begins_here(lines[0]))
    elif said:
        await pump.connection.write(b"".join(said))


def _going_on(said: Iterable[bytes], effect: Effect, handler: Handler) -> Handler:
    """What was said so far, then a handler that has just asked for an effect."""
    yield from said
    answer: Any = yield effect
    try:
        while True:
            answer = yield handler.send(answer)
    except StopIteration:
        return


def _rest(said: Iterable[bytes], session: Session, lines: deque[Line]) -> Handler:
    yield from said
    while lines and not session.is_over:
        yield from dispatch.run(session, lines.popleft())
