"""DATA: RFC 5321 §4.1.1.4. The 250 goes out when the message is on the disk, never before."""

from __future__ import annotations

from mailcore.dialogue import Dotted, Handler, ReceiveDotted
from mailcore.inbound.errors import Malformed
from mailcore.smtp import acceptance
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply
from mailcore.store.errors import MessageTooBig


def data(session: Session, argument: str) -> Handler:
    _check(session, argument)
    sink = acceptance.sink(session)
    try:
        yield reply(354, "", "End data with <CR><LF>.<CR><LF>")
        ending: Dotted = yield ReceiveDotted(sink, session.policy.max_message_bytes)
        if ending.bare:
            raise Malformed
        if ending.too_big:
            raise MessageTooBig
        taken = acceptance.accept(session, sink)
    finally:
        sink.close()
        session.reset()  # taken or refused, the transaction is over (§4.1.1.4)
    yield taken


def _check(session: Session, argument: str) -> None:
    """Refuse before a single octet of the message; what was sent too early must not be read as commands."""
    if argument:
        raise Refused(501, "5.5.4", "DATA takes no argument", closes=session.is_input_pending)
    problem = None
    if session.transaction is None:
        problem = Refused(503, "5.5.1", "MAIL first", closes=session.is_input_pending)
    elif session.transaction.chunks is not None or session.transaction.has_failed:
        problem = Refused(
            503, "5.5.1", "The message came in chunks, BDAT ends it", closes=session.is_input_pending
        )
    elif not session.transaction.recipient_count:
        problem = Refused(554, "5.5.1", "No valid recipients", closes=session.is_input_pending)
    if problem is not None:
        session.suspects_body = True
        raise problem
