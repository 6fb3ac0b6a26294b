"""RCPT: RFC 5321 §4.1.1.3; NOTIFY and ORCPT (RFC 3461 §4.1, §4.2)."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.identity import addresses
from mailcore.identity.addresses import Kind
from mailcore.inbound import receive
from mailcore.inbound.checks import pipeline
from mailcore.inbound.checks.verdict import Defer, Reject
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.envelope import NOTIFY_WORDS, Recipient
from mailcore.smtp.wire.parameters import ParameterInvalid, original_recipient, parameters
from mailcore.smtp.wire.path import PathInvalid, forward_path, split_path
from mailcore.smtp.wire.reply import reply


def rcpt(session: Session, argument: str) -> Handler:
    transaction = session.current()
    recipient = _read(session, argument)
    if transaction.recipient_count >= session.policy.max_recipients:
        raise Refused(452, "4.5.3", "Too many recipients")
    if transaction.chunks is not None:
        raise Refused(503, "5.5.1", "The message has begun")
    targets = addresses.resolve(receive.address_of(recipient))
    verdict = pipeline.recipient(session.facts(), recipient.address, targets)
    if isinstance(verdict, Defer | Reject):
        raise Refused(verdict.code, verdict.enhanced, verdict.text)
    transaction.add(recipient)
    if session.account is None and all(target.kind is Kind.REMOTE for target in targets):
        yield reply(251, "2.1.5", "User not local; will forward")
    else:
        yield reply(250, "2.1.5", "Recipient ok")


def needs_database(session: Session, argument: str) -> bool:
    """Not for an account that was written to a moment ago."""
    if session.transaction is None:
        return False
    try:
        recipient = _read(session, argument.strip(" "))
    except Refused:
        return False
    targets = addresses.remembered(str(recipient.address))
    return targets is None or not pipeline.recipient_is_known(session.facts(), targets)


def _read(session: Session, argument: str) -> Recipient:
    if argument[:3].upper() != "TO:":
        raise Refused(501, "5.5.4", "RCPT TO:<address>")
    try:
        path, rest = split_path(argument[3:].lstrip(" "))
        given = parameters(rest)
        address = forward_path(path)
        orcpt = original_recipient(given["ORCPT"] or "") if "ORCPT" in given else ""
    except PathInvalid as problem:
        raise Refused(553, "5.1.3", str(problem)) from problem
    except ParameterInvalid as problem:
        raise Refused(501, "5.5.4", str(problem)) from problem
    if given and not session.is_extended:
        raise Refused(555, "5.5.4", "Parameters need EHLO")
    if given.keys() - {"NOTIFY", "ORCPT"}:
        raise Refused(555, "5.5.4", f"Unknown parameter {min(given.keys() - {'NOTIFY', 'ORCPT'})}")
    if not path.isascii() and not (session.transaction is not None and session.transaction.is_utf8):
        raise Refused(553, "5.6.7", "That address needs SMTPUTF8")
    return Recipient(address, notify=_notify(given), orcpt=orcpt)


def _notify(given: dict[str, str | None]) -> str:
    if "NOTIFY" not in given:
        return ""
    words = (given["NOTIFY"] or "").upper().split(",")
    if not all(word in NOTIFY_WORDS for word in words) or len({*words}) != len(words):
        raise Refused(501, "5.5.4", "NOTIFY is NEVER, or some of SUCCESS, FAILURE, DELAY")
    if "NEVER" in words and len(words) > 1:
        raise Refused(501, "5.5.4", "NOTIFY=NEVER stands alone")
    return ",".join(words)
