"""Write a small letter for an account and send it at once: to leave a list, to answer an invitation."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from mailcore.identity import senders
from mailcore.identity.senders import Sender
from mailcore.message import message_id
from mailcore.message.compose import Letter, compose
from mailcore.models import Account
from mailcore.outbound import submit
from mailcore.outbound.submit import Submitted
from mailcore.store import blobs


def send(
    account: Account,
    to: str,
    subject: str,
    text: str,
    *,
    sender: Sender | None = None,
    calendar: tuple[str, str] | None = None,
    in_reply_to: str = "",
    references: Sequence[str] = (),
) -> Submitted:
    """In the name of `sender`, or of the account's usual one; a copy is in Sent. Raises what submit raises."""
    author = sender or senders.default(account)
    letter = Letter(
        sender=str(author),
        to=to,
        subject=subject,
        text=text,
        calendar=calendar,
        date=datetime.now(UTC),
        message_id=message_id.mint(secrets.token_bytes(16), author.address.rpartition("@")[2]),
        in_reply_to=in_reply_to,
        references=references,
    )
    octets = b"".join(compose(letter))
    return submit.submit(account.pk, author.address, [to], blobs.put(octets), buffer=octets, save_sent=True)
