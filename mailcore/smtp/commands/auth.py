"""AUTH: RFC 4954. Not at the MX: whoever brings mail from outside has nothing to prove to us."""

from __future__ import annotations

import logging

from mailcore.dialogue import Handler
from mailcore.identity import sasl
from mailcore.identity.errors import EncryptionRequired
from mailcore.smtp.errors import Refused
from mailcore.smtp.session import Role, Session
from mailcore.smtp.wire.reply import reply

logger = logging.getLogger(__name__)


def auth(session: Session, argument: str) -> Handler:
    if session.role is Role.MX:
        raise Refused(502, "5.5.1", "Sign in on the submission port")
    if session.account is not None:
        raise Refused(503, "5.5.1", "Signed in already")
    if session.transaction is not None:
        raise Refused(503, "5.5.1", "Not during a mail transaction")
    if not session.mechanisms:
        raise EncryptionRequired("AUTH without TLS")
    words = argument.split(" ")
    if not argument or len(words) > 2:
        raise Refused(501, "5.5.4", "AUTH mechanism [initial-response]")
    account = yield from sasl.converse(
        words[0],
        words[1].encode() if len(words) == 2 else None,
        prompt=b"334 ",
        protocol="smtp",
        peer=session.peer,
        encrypted=session.is_encrypted,
    )
    session.authenticated(account)
    logger.info("signed_in session=%s peer=%s account=%d", session.id, session.peer, account.pk)
    yield reply(235, "2.7.0", "Authentication succeeded")
