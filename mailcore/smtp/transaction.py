"""What RSET forgets: sender, recipients, and a body that comes in chunks. RFC 5321 §3.3, RFC 3030."""

from __future__ import annotations

from mailcore.inbound.clean import Cleaner
from mailcore.smtp.wire.envelope import Envelope, Recipient
from mailcore.smtp.wire.path import Address


class Transaction:
    """One message on its way in, until its 250."""

    __slots__ = (
        "_recipients",
        "body",
        "chunks",
        "declared_bytes",
        "ends_in_cr",
        "envid",
        "has_failed",
        "is_utf8",
        "ret",
        "sender",
    )

    def __init__(
        self,
        sender: Address,
        *,
        declared_bytes: int = 0,
        body: str = "7BIT",
        is_utf8: bool = False,
        ret: str = "",
        envid: str = "",
    ) -> None:
        self.sender = sender
        self.declared_bytes = declared_bytes
        self.body = body
        self.is_utf8 = is_utf8
        self.ret = ret
        self.envid = envid
        self.chunks: Cleaner | None = None  # what BDAT has brought so far
        self.ends_in_cr = False  # the last chunk did: its LF must open the next
        self.has_failed = False  # a chunk was refused: so are the rest (RFC 3030 §2)
        self._recipients: dict[Address, Recipient] = {}

    def add(self, recipient: Recipient) -> None:
        """One more; the same forward-path again changes nothing."""
        self._recipients.setdefault(recipient.address, recipient)

    @property
    def recipient_count(self) -> int:
        """How many there are."""
        return len(self._recipients)

    @property
    def envelope(self) -> Envelope:
        """As it stands."""
        return Envelope(
            sender=self.sender,
            recipients=tuple(self._recipients.values()),
            ret=self.ret,
            envid=self.envid,
            body=self.body,
            is_utf8=self.is_utf8,
        )

    def discard(self) -> None:
        """Let go of what was received; nobody was promised anything."""
        if self.chunks is not None:
            self.chunks.discard()
            self.chunks = None
