"""Pumps one POP3 session: RFC 1939, with pipelining (RFC 2449 §6.6).

Commands that arrive together are answered together; most need no database at all, because the maildrop is
in memory and messages are read ahead.
"""

from __future__ import annotations

from collections import deque

from django.conf import settings

from mailcore.dialogue import Handler
from mailcore.listener.pump import LineTooLong, Pump
from mailcore.pop3 import dispatch, wire
from mailcore.pop3.errors import Refused
from mailcore.pop3.session import Session, State

IDLE_SECONDS = 600.0  # RFC 1939 §3: at least ten minutes
LOGIN_SECONDS = 60.0
MOST_AT_ONCE = 100


async def serve(pump: Pump) -> None:
    """One connection, from the greeting to the end."""
    connection = pump.connection
    session = Session(
        hostname=settings.MAIL_HOSTNAME,
        peer=connection.peer,
        session_id=connection.session_id,
        is_encrypted=connection.is_tls,
    )
    is_counted = False
    try:
        await pump.run(dispatch.greeting(session), here=True)
        while pump.is_open:
            try:
                lines = await _lines(pump, session)
            except LineTooLong:
                await pump.run(dispatch.refuse(session, Refused("Line too long")), here=True)
                continue
            while lines and pump.is_open:
                here = not dispatch.needs_database(session, lines[0])
                await pump.run(_batch(session, lines, here=here), here=here)
            if session.account is not None and not is_counted:
                is_counted = True
                if not pump.on_account(session.account.pk, session.account.login_proof):
                    await pump.run(
                        dispatch.refuse(session, Refused("Too many connections", "SYS/TEMP", closes=True)),
                        here=True,
                    )
    finally:
        if session.state is State.TRANSACTION:
            await pump.run(dispatch.farewell(session))


async def _lines(pump: Pump, session: Session) -> deque[bytes]:
    """The commands that are here by now, at least one, none behind one that must be answered first."""
    seconds = IDLE_SECONDS if session.state is State.TRANSACTION else LOGIN_SECONDS
    lines = deque([await pump.line(wire.MAX_LINE, seconds)])
    buffered = pump.connection.buffered
    while not dispatch.is_last(lines[-1]) and len(lines) < MOST_AT_ONCE:
        end = buffered.find(b"\r\n", 0, wire.MAX_LINE + 2)
        if end < 0:
            break
        lines.append(bytes(buffered[:end]))
        del buffered[: end + 2]
    return lines


def _batch(session: Session, lines: deque[bytes], *, here: bool) -> Handler:
    """As many as can be answered where the first one is."""
    while lines and not session.is_over and (not here or not dispatch.needs_database(session, lines[0])):
        yield from dispatch.run(session, lines.popleft())
