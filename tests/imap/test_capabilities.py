"""Nothing is announced that is not honoured: one short transcript for each capability."""

from __future__ import annotations

import base64

import pytest

from mailcore.imap.capabilities import CAPABILITIES
from mailcore.imap.session import Session
from tests.imap.conftest import peer_of
from tests.transcript import Stage, Wire

pytestmark = pytest.mark.django_db

PLAIN = base64.b64encode(b"\0alice@example.org\0wonderland").decode()

PROOFS = {
    "IDLE": ("IDLE\r\nDONE", "+ idling"),
    "UIDPLUS": ("COPY 1 Sent", "[COPYUID "),
    "MOVE": ("MOVE 1 Sent", "* 1 EXPUNGE"),
    "NAMESPACE": ("NAMESPACE", '(("" "/"))'),
    "SPECIAL-USE": ('LIST (SPECIAL-USE) "" Sent', "\\Sent"),
    "CREATE-SPECIAL-USE": ("CREATE x (USE (\\Sent))", "[USEATTR]"),
    "UNSELECT": ("UNSELECT", "OK UNSELECT"),
    "CONDSTORE": ("SELECT INBOX (CONDSTORE)", "[HIGHESTMODSEQ "),
    "QRESYNC": ("ENABLE QRESYNC", "* ENABLED QRESYNC"),
    "CHILDREN": ('LIST "" INBOX', "\\HasNoChildren"),
    "LIST-EXTENDED": ('LIST "" (INBOX Sent)', "Sent"),
    "LIST-STATUS": ('LIST "" INBOX RETURN (STATUS (MESSAGES))', "* STATUS INBOX (MESSAGES 2)"),
    "STATUS=SIZE": ("STATUS INBOX (SIZE)", "(SIZE "),
    "ESEARCH": ("SEARCH RETURN (COUNT) ALL", "COUNT 2"),
    "SEARCHRES": ("SEARCH RETURN (SAVE) ALL\r\nb FETCH $ UID", "* 2 FETCH (UID 2)"),
    "MULTIAPPEND": ("APPEND INBOX {6+}\r\na: 1\r\n {6+}\r\na: 2\r\n", "3:4]"),
    "OBJECTID": ("FETCH 1 (EMAILID THREADID)", "EMAILID (M"),
    "SAVEDATE": ("FETCH 1 SAVEDATE", 'SAVEDATE "'),
    "PREVIEW": ("FETCH 1 PREVIEW", "PREVIEW "),
    "WITHIN": ("SEARCH YOUNGER 600", "* SEARCH 1 2"),
    "QUOTA": ('GETQUOTA ""', '* QUOTA ""'),
    "QUOTA=RES-STORAGE": ('GETQUOTA ""', "STORAGE"),
    "BINARY": ("FETCH 1 BINARY.SIZE[1]", "BINARY.SIZE[1] "),
    "UTF8=ACCEPT": ("ENABLE UTF8=ACCEPT", "* ENABLED UTF8=ACCEPT"),
    "METADATA": (
        'SETMETADATA INBOX (/private/comment "x")\r\nb GETMETADATA INBOX /private/comment',
        '/private/comment "x"',
    ),
    "LIST-METADATA": (
        'LIST "" INBOX RETURN (METADATA (/shared/comment))',
        "* METADATA INBOX (/shared/comment NIL)",
    ),
    "UIDONLY": ("ENABLE UIDONLY\r\nb FETCH 1 FLAGS", "b BAD [UIDREQUIRED]"),
    "REPLACE": ("REPLACE 1 INBOX {6+}\r\na: 1\r\n", "* OK [APPENDUID "),
    "PARTIAL": ("UID SEARCH RETURN (PARTIAL -1:-1) ALL", "PARTIAL (-1:-1 2)"),
    "ESORT": ("SORT RETURN (MAX) (DATE) UTF-8 ALL", "MAX 2"),
    "MULTISEARCH": ("ESEARCH IN (inboxes) RETURN (COUNT) ALL", "MAILBOX INBOX"),
    "COMPRESS=DEFLATE": ("COMPRESS DEFLATE", "a OK Compressing"),
    "UNAUTHENTICATE": ("UNAUTHENTICATE\r\nb NOOP\r\nc SELECT INBOX", "c BAD SELECT is not allowed now"),
    "SORT": ("SORT (DATE) UTF-8 ALL", "* SORT "),
    "SORT=DISPLAY": ("SORT (DISPLAYFROM) UTF-8 ALL", "* SORT "),
    "THREAD=ORDEREDSUBJECT": ("THREAD ORDEREDSUBJECT UTF-8 ALL", "* THREAD "),
    "THREAD=REFERENCES": ("THREAD REFERENCES UTF-8 ALL", "* THREAD "),
    "APPENDLIMIT": ("STATUS INBOX (APPENDLIMIT)", "APPENDLIMIT 157286400"),
    "LITERAL+": ("STATUS {5+}\r\nINBOX (MESSAGES)", "* STATUS INBOX"),
    "ID": ("ID NIL", "* ID ("),
    "ENABLE": ("ENABLE CONDSTORE", "* ENABLED CONDSTORE"),
    "IMAP4rev1": ("CHECK", "OK CHECK"),
    "IMAP4rev2": ("ENABLE IMAP4rev2", "* ENABLED IMAP4REV2"),
}
BEFORE_LOGIN = {
    "SASL-IR": (f"AUTHENTICATE PLAIN {PLAIN}", "a OK"),
    "AUTH=PLAIN": ("AUTHENTICATE PLAIN", "+ "),
    "AUTH=LOGIN": ("AUTHENTICATE LOGIN", "+ VXNlcm5hbWU6"),
    "AUTH=SCRAM-SHA-256": (
        f"AUTHENTICATE SCRAM-SHA-256 {base64.b64encode(b'n,,n=alice,r=abc').decode()}",
        "+ ",
    ),
    "STARTTLS": ("STARTTLS", "a OK Begin TLS"),
    "LOGINDISABLED": ("LOGIN alice@example.org wonderland", "[PRIVACYREQUIRED]"),
}


def said_to(wire: Wire, command: str) -> str:
    wire.outbox.clear()
    wire.send(f"a {command}\r\n".encode())
    return bytes(wire.outbox).decode()


@pytest.mark.parametrize("capability", sorted(PROOFS))
def test_what_is_announced_is_honoured(alice, capability):
    from tests.builders import mailbox_of

    mailbox_of(alice, 2)
    stage = Stage(lambda: peer_of(Session(peer="192.0.2.1", is_tls=True)))
    wire = stage.wire()
    assert f" {capability}" in said_to(wire, "LOGIN alice@example.org wonderland")
    said_to(wire, "SELECT INBOX")
    command, answer = PROOFS[capability]
    assert answer in said_to(wire, command)


@pytest.mark.parametrize("capability", sorted(BEFORE_LOGIN))
def test_what_strangers_are_offered_is_honoured(alice, capability):
    is_tls = capability not in ("STARTTLS", "LOGINDISABLED")
    wire = Wire(peer_of(Session(peer="192.0.2.1", is_tls=is_tls)))
    assert f" {capability}" in bytes(wire.outbox).decode()
    command, answer = BEFORE_LOGIN[capability]
    assert answer in said_to(wire, command)


def test_every_capability_has_its_proof():
    assert {each.word for each in CAPABILITIES} | {"APPENDLIMIT"} == set(PROOFS) | set(BEFORE_LOGIN)
