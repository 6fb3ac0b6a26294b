"""What outlives a message: who is there, as whom, how safely; and how much patience is left. RFC 5321 §4.1.4.

All transitions are methods here. The session knows no socket: the listener tells it what it must know.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailcore.identity import sasl
from mailcore.inbound.checks.facts import Facts
from mailcore.inbound.trace import Hop
from mailcore.models import Account
from mailcore.smtp.errors import Refused
from mailcore.smtp.transaction import Transaction
from mailcore.smtp.wire.path import NULL, Address

MAX_ERRORS = 20  # then we hang up (as Postfix does)
MAX_ERRORS_UNPUNISHED = 5  # from then on every reply takes its time
MAX_JUNK = 100  # NOOP, RSET and the like without a message in between


class Role(Enum):
    """Which door of ours this is."""

    MX = "mx"
    SUBMISSION = "submission"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say."""

    hostname: str
    max_message_bytes: int = 150 << 20
    max_recipients: int = 1000
    has_tls: bool = True


class Session:
    """One connection."""

    __slots__ = (
        "account",
        "errors",
        "helo",
        "id",
        "is_encrypted",
        "is_extended",
        "is_input_pending",
        "is_over",
        "junk",
        "message_count",
        "own_addresses",
        "peer",
        "policy",
        "role",
        "suspects_body",
        "transaction",
    )

    def __init__(
        self, policy: Policy, role: Role, *, peer: str = "", session_id: str = "", is_encrypted: bool = False
    ) -> None:
        self.policy = policy
        self.role = role
        self.peer = peer
        self.id = session_id
        self.is_encrypted = is_encrypted
        self.helo = ""  # the name it gave; '' before EHLO or HELO
        self.is_extended = False  # it said EHLO
        self.account: Account | None = None
        self.own_addresses: frozenset[str] = frozenset()
        self.transaction: Transaction | None = None
        self.is_input_pending = False  # told by the listener: more has been sent behind this command
        self.suspects_body = False  # DATA was refused: what comes may be the message all the same
        self.is_over = False  # we have hung up: whatever else has arrived is not run
        self.errors = 0
        self.junk = 0
        self.message_count = 0

    # --- transitions ------------------------------------------------------------------------------
    def greeted(self, name: str, *, is_extended: bool) -> None:
        """EHLO or HELO: as if RSET had been said (RFC 5321 §4.1.4)."""
        self.reset()
        self.helo = name
        self.is_extended = is_extended

    def encrypted(self) -> None:
        """TLS is up: everything said before is forgotten (RFC 3207 §4.2)."""
        self.reset()
        self.helo = ""
        self.is_extended = False
        self.is_encrypted = True

    def authenticated(self, account: Account) -> None:
        """Somebody signed in (RFC 4954 §4)."""
        self.account = account

    def begin(self, transaction: Transaction) -> None:
        """MAIL was accepted."""
        self.transaction = transaction

    def reset(self) -> None:
        """RSET: no sender, no recipients, no chunks."""
        if self.transaction is not None:
            self.transaction.discard()
            self.transaction = None

    def accepted(self) -> None:
        """A message is ours now; patience is restored."""
        self.reset()
        self.message_count += 1
        self.errors = self.junk = 0

    # --- questions --------------------------------------------------------------------------------
    def current(self) -> Transaction:
        """The transaction, or 503."""
        if self.transaction is None:
            raise Refused(503, "5.5.1", "MAIL first")
        return self.transaction

    @property
    def can_encrypt(self) -> bool:
        """Whether STARTTLS makes sense now."""
        return self.policy.has_tls and not self.is_encrypted

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """What AUTH may be used with now: nothing at the MX, nothing that others could overhear."""
        if self.role is Role.MX or self.account is not None:
            return ()
        return sasl.mechanisms(encrypted=self.is_encrypted)

    @property
    def protocol(self) -> str:
        """The transmission type for Received (RFC 3848, RFC 6531 §4.3)."""
        if not self.is_extended:
            return "SMTP"
        name = "UTF8SMTP" if self.transaction is not None and self.transaction.is_utf8 else "ESMTP"
        return name + ("S" if self.is_encrypted else "") + ("A" if self.account is not None else "")

    @property
    def hop(self) -> Hop:
        """How this message came to us, for its trace fields."""
        return Hop(
            peer=self.peer,
            helo=self.helo,
            hostname=self.policy.hostname,
            protocol=self.protocol,
            id=f"{self.id}.{self.message_count + 1}",
        )

    def facts(self, sender: Address = NULL, declared_bytes: int = 0) -> Facts:
        """What the checks want to know."""
        if self.transaction is not None:
            sender, declared_bytes = self.transaction.sender, self.transaction.declared_bytes
        return Facts(
            peer=self.peer,
            helo=self.helo,
            sender=sender,
            account_id=self.account.pk if self.account is not None else 0,
            declared_bytes=declared_bytes,
            max_message_bytes=self.policy.max_message_bytes,
        )
