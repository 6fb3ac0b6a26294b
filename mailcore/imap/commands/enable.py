"""ENABLE: RFC 5161, RFC 9051 §6.3.1."""

from __future__ import annotations

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader

# asked for → what begins
EXTENSIONS = {
    "CONDSTORE": ("CONDSTORE",),
    "QRESYNC": ("QRESYNC", "CONDSTORE"),  # RFC 7162 §3.2.3
    "UTF8=ACCEPT": ("UTF8=ACCEPT",),
    "IMAP4REV2": ("IMAP4REV2",),
    "UIDONLY": ("UIDONLY",),  # RFC 9586
}


def enable(session: Session, request: Request) -> Commanded:
    wanted = request.read(_words)
    begun = [word for word in wanted if word in EXTENSIONS and word not in session.enabled]
    for word in begun:
        session.enabled.update(EXTENSIONS[word])
    if session.selected is not None:
        session.selected.uids_only = session.uids_only
    yield b"* ENABLED%s\r\n" % "".join(f" {word}" for word in begun).encode()
    return Done("ENABLE completed")


def _words(reader: Reader) -> list[str]:
    words = [reader.word()]
    while reader.takes(b" "):
        words.append(reader.word())
        if len(words) > 100:
            raise Malformed("Too many capabilities")
    return list(dict.fromkeys(words))
