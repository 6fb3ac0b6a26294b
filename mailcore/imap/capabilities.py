"""The table of what we offer: capability, when, by which standard. RFC 9051 §6.1.1, RFC 9051 §7.2.2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from mailcore.imap.session import Session


def _always(session: Session) -> bool:
    return True


def _before_login(session: Session) -> bool:
    return not session.account_id


def _after_login(session: Session) -> bool:
    return bool(session.account_id)


def _can_compress(session: Session) -> bool:
    return bool(session.account_id) and not session.is_compressed


def _can_encrypt(session: Session) -> bool:
    return not session.account_id and not session.is_tls


def _can_login(session: Session) -> bool:
    return not session.account_id and (session.is_tls or settings.MAIL_PLAINTEXT_AUTH)


def _cannot_login(session: Session) -> bool:
    return not session.account_id and not (session.is_tls or settings.MAIL_PLAINTEXT_AUTH)


@dataclass(frozen=True, slots=True)
class Capability:
    word: str
    when: Callable[[Session], bool]
    rfc: int


CAPABILITIES = (
    Capability("IMAP4rev1", _always, 3501),
    Capability("IMAP4rev2", _always, 9051),
    Capability("LITERAL+", _always, 7888),
    Capability("ID", _always, 2971),
    Capability("ENABLE", _always, 5161),
    Capability("SASL-IR", _before_login, 4959),
    Capability("STARTTLS", _can_encrypt, 9051),
    Capability("LOGINDISABLED", _cannot_login, 9051),
    Capability("AUTH=SCRAM-SHA-256", _can_login, 7677),
    Capability("AUTH=PLAIN", _can_login, 4616),
    Capability("AUTH=LOGIN", _can_login, 9051),
    Capability("IDLE", _after_login, 2177),
    Capability("UIDPLUS", _after_login, 4315),
    Capability("MOVE", _after_login, 6851),
    Capability("NAMESPACE", _after_login, 2342),
    Capability("SPECIAL-USE", _after_login, 6154),
    Capability("CREATE-SPECIAL-USE", _after_login, 6154),
    Capability("UNSELECT", _after_login, 3691),
    Capability("CONDSTORE", _after_login, 7162),
    Capability("QRESYNC", _after_login, 7162),
    Capability("CHILDREN", _after_login, 3348),
    Capability("LIST-EXTENDED", _after_login, 5258),
    Capability("LIST-STATUS", _after_login, 5819),
    Capability("STATUS=SIZE", _after_login, 8438),
    Capability("ESEARCH", _after_login, 4731),
    Capability("PARTIAL", _after_login, 9394),
    Capability("ESORT", _after_login, 5267),
    Capability("MULTISEARCH", _after_login, 7377),
    Capability("SEARCHRES", _after_login, 5182),
    Capability("MULTIAPPEND", _after_login, 3502),
    Capability("METADATA", _after_login, 5464),
    Capability("LIST-METADATA", _after_login, 9590),
    Capability("UIDONLY", _after_login, 9586),
    Capability("REPLACE", _after_login, 8508),
    Capability("OBJECTID", _after_login, 8474),
    Capability("SAVEDATE", _after_login, 8514),
    Capability("PREVIEW", _after_login, 8970),
    Capability("WITHIN", _after_login, 5032),
    Capability("QUOTA", _after_login, 9208),
    Capability("QUOTA=RES-STORAGE", _after_login, 9208),
    Capability("BINARY", _after_login, 3516),
    Capability("UTF8=ACCEPT", _after_login, 6855),
    Capability("COMPRESS=DEFLATE", _can_compress, 4978),
    Capability("UNAUTHENTICATE", _after_login, 8437),
    Capability("SORT", _after_login, 5256),
    Capability("SORT=DISPLAY", _after_login, 5957),
    Capability("THREAD=ORDEREDSUBJECT", _after_login, 5256),
    Capability("THREAD=REFERENCES", _after_login, 5256),
)


def words(session: Session) -> bytes:
    """What to offer this session now, as it goes over the wire."""
    offered = [capability.word for capability in CAPABILITIES if capability.when(session)]
    if session.account_id:
        offered.append(f"APPENDLIMIT={session.max_message_bytes}")  # RFC 7889 §4
    return " ".join(offered).encode()
