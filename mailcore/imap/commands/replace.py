"""REPLACE and UID REPLACE: a newer version of a message takes the place of the old one, in one step. RFC 8508."""

from __future__ import annotations

import logging
import re

from mailcore.imap.commands.append import Incoming, LiteralRefused, opening
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.selected import Selected
from mailcore.imap.session import ReadOnly, Session
from mailcore.imap.wire import framing, response
from mailcore.imap.wire.framing import Literal
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.sequence_set import parse
from mailcore.store import messages
from mailcore.store.errors import NotFound

log = logging.getLogger(__name__)

_ONE = re.compile(rb"[1-9][0-9]{0,9}|\*")


def replace(session: Session, request: Request) -> Commanded:
    announced = framing.announced(request.reader.data)
    try:
        selected, uid = _old(session, request, announced)
        mailbox, first = opening(session, request.reader, announced)
        with Incoming(session, mailbox, at_most=1) as incoming:
            yield from incoming.receive(first)
            appended = messages.replace(incoming.arrivals[0], uid, selected.mailbox_id)
    except LiteralRefused as refusal:
        yield from framing.skip(refusal.literal, session.limits_for_discarding())
        raise refusal.problem from None
    log.info("replaced session=%s account=%s", session.id, session.account_id)
    # Before `sync` reports the expunge: a client cut off in between knows which message is the new one.
    yield response.ok("Replaced", response.appenduid(appended.uidvalidity, [appended.uid]))
    return Done("REPLACE completed")


def _old(session: Session, request: Request, announced: Literal | None) -> tuple[Selected, int]:
    """The message that goes: exactly one, and there."""
    try:
        request.reader.space()
        wanted = parse(request.reader.token(_ONE, "one message"))
        selected = session.here_for_writing()
        runs = selected.runs(wanted, request.by_uid)
        uids = selected.uids_in(tuple((run.low, run.below - 1) for run in runs))
        if len(uids) != 1:
            raise NotFound("No such message")
        return selected, uids[0]
    except (Malformed, NotFound, ReadOnly) as problem:
        if announced is None:
            raise
        raise LiteralRefused(problem, announced) from problem
