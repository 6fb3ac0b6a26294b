"""MAIL: RFC 5321 §4.1.1.2.

Parameters: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461), AUTH (RFC 4954
§5).
"""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.identity import addresses
from mailcore.inbound.checks import pipeline
from mailcore.inbound.checks.verdict import Defer, Reject
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Role, Session
from mailcore.smtp.transaction import Transaction
from mailcore.smtp.wire.parameters import ParameterInvalid, parameters, xtext
from mailcore.smtp.wire.path import Address, PathInvalid, reverse_path, split_path
from mailcore.smtp.wire.reply import reply

PARAMETERS = {"SIZE", "BODY", "SMTPUTF8", "RET", "ENVID", "AUTH"}
MAX_SIZE_DIGITS = 20  # RFC 1870 §4


def mail(session: Session, argument: str) -> Handler:
    if session.transaction is not None:
        raise Refused(503, "5.5.1", "A transaction is open, RSET ends it")
    sender, given = _read(session, argument)
    transaction = _transaction(session, sender, given)
    verdict = pipeline.sender(session.facts(sender, transaction.declared_bytes))
    if isinstance(verdict, Defer | Reject):
        raise Refused(verdict.code, verdict.enhanced, verdict.text)
    if session.role is Role.SUBMISSION:
        _check_ownership(session, sender)
        session.own_addresses = (
            addresses.names_of(session.account) if session.account is not None else frozenset()
        )
    session.begin(transaction)
    yield reply(250, "2.1.0", "Sender ok")


def needs_database(session: Session, argument: str) -> bool:
    """At the MX only for a sender's domain that was not looked up lately."""
    if session.role is not Role.MX:
        return True
    try:
        sender, _ = _read(session, argument.strip(" "))
    except Refused:
        return False
    return not pipeline.sender_is_known(session.facts(sender))


def _read(session: Session, argument: str) -> tuple[Address, dict[str, str | None]]:
    if argument[:5].upper() != "FROM:":
        raise Refused(501, "5.5.4", "MAIL FROM:<address>")
    try:
        path, rest = split_path(argument[5:].lstrip(" "))
        given = parameters(rest)
        sender = reverse_path(path)
    except PathInvalid as problem:
        raise Refused(553 if session.helo else 501, "5.1.7", str(problem)) from problem
    except ParameterInvalid as problem:
        raise Refused(501, "5.5.4", str(problem)) from problem
    if given and not session.is_extended:
        raise Refused(555, "5.5.4", "Parameters need EHLO")
    if given.keys() - PARAMETERS:
        raise Refused(555, "5.5.4", f"Unknown parameter {min(given.keys() - PARAMETERS)}")
    if not path.isascii() and "SMTPUTF8" not in given:
        raise Refused(550, "5.6.7", "That address needs SMTPUTF8")
    return sender, given


def _transaction(session: Session, sender: Address, given: dict[str, str | None]) -> Transaction:
    size = given.get("SIZE", "0")
    if size is None or not size.isdecimal() or not size.isascii() or len(size) > MAX_SIZE_DIGITS:
        raise Refused(501, "5.5.4", "SIZE is a number")
    body = (given.get("BODY", "7BIT") or "").upper()
    if body not in ("7BIT", "8BITMIME"):
        raise Refused(501, "5.5.4", "BODY is 7BIT or 8BITMIME")
    if given.get("SMTPUTF8") is not None:
        raise Refused(501, "5.5.4", "SMTPUTF8 takes no value")
    ret = (given.get("RET", "FULL") or "").upper()
    if ret not in ("FULL", "HDRS"):
        raise Refused(501, "5.5.4", "RET is FULL or HDRS")
    return Transaction(
        sender,
        declared_bytes=int(size),
        body=body,
        is_utf8="SMTPUTF8" in given,
        ret=ret if "RET" in given else "",
        envid=_envid(given),
    )


def _envid(given: dict[str, str | None]) -> str:
    if "ENVID" not in given:
        return ""
    try:
        decoded = xtext(given["ENVID"] or "")
    except ParameterInvalid as problem:
        raise Refused(501, "5.5.4", str(problem)) from problem
    if not decoded or len(decoded) > 100 or not (decoded.isascii() and decoded.isprintable()):
        raise Refused(501, "5.5.4", "Malformed ENVID")
    return decoded


def _check_ownership(session: Session, sender: Address) -> None:
    """Nobody sends in another's name (RFC 6409 §6.1); the null sender is for reports, and harms nobody."""
    account = session.account
    if account is None or sender.is_null or addresses.may_send_as(account, str(sender)):
        return
    raise Refused(553, "5.7.1", "That sender address is not yours")
