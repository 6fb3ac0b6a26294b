"""NOOP and CHECK: RFC 9051 §6.1.2, RFC 3501 §6.4.1. What is new is `sync`'s to tell."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session


def noop(session: Session, request: Request) -> Commanded:
    request.read()
    yield from ()
    return Done("NOOP completed")


def check(session: Session, request: Request) -> Commanded:
    request.read()
    yield from ()
    return Done("CHECK completed")
