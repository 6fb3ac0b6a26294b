"""The door for IMAP: lines in, `imap.dispatch` answers. RFC 9051 §2."""

from __future__ import annotations

from django.conf import settings

from mailcore.imap import dispatch
from mailcore.imap.session import Session
from mailcore.listener.pump import LineTooLong, Pump


async def serve(pump: Pump) -> None:
    """One session from greeting to farewell; `listener.server` does everything around it."""
    connection = pump.connection
    session = Session(
        peer=connection.peer,
        session_id=connection.session_id,
        is_tls=connection.is_tls,
        max_message_bytes=settings.MAIL_MAX_MESSAGE_BYTES,
    )
    await pump.run(session.greeting(), here=True)
    counted = 0  # the account that the connection counts for
    while pump.is_open:
        try:
            line = await pump.line(session.line_limit, session.patience_seconds)
        except LineTooLong:
            await pump.run(dispatch.too_long(session), here=True)
            return
        await pump.run(dispatch.run(session, line), here=not dispatch.needs_database(session, line))
        if session.account_id != counted:
            counted = session.account_id
            if not pump.on_account(session.account_id, session.login_proof):
                await pump.run(dispatch.too_many(session), here=True)
                return
