"""EHLO and HELO: RFC 5321 §4.1.1.1."""

from __future__ import annotations

from mailcore.dialogue import Handler
from mailcore.inbound.checks import pipeline
from mailcore.inbound.checks.verdict import Defer, Reject
from mailcore.smtp import extensions
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Session
from mailcore.smtp.wire.reply import reply


def ehlo(session: Session, argument: str) -> Handler:
    _greet(session, argument, is_extended=True)
    yield reply(250, "", f"{session.policy.hostname} greets {session.helo}", *extensions.offered(session))


def helo(session: Session, argument: str) -> Handler:
    _greet(session, argument, is_extended=False)
    yield reply(250, "", f"{session.policy.hostname} greets {session.helo}")


def _greet(session: Session, name: str, *, is_extended: bool) -> None:
    verdict = pipeline.greeting(name)
    if isinstance(verdict, Defer | Reject):
        raise Refused(verdict.code, verdict.enhanced, verdict.text)
    session.greeted(name, is_extended=is_extended)
