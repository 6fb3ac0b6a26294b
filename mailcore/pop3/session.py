"""Authorization, transaction, update: the three states of RFC 1939 §3. All transitions are methods here."""

from __future__ import annotations

from enum import Enum

from mailcore.identity import leases, sasl
from mailcore.models import Account
from mailcore.pop3.errors import Refused
from mailcore.pop3.maildrop import Maildrop

MAX_ERRORS = 20
MAX_ERRORS_UNPUNISHED = 3


class State(Enum):
    """RFC 1939 §3; update is what QUIT does."""

    AUTHORIZATION = "authorization"
    TRANSACTION = "transaction"


class Session:
    """One connection."""

    __slots__ = (
        "_drop",
        "account",
        "errors",
        "has_tls",
        "hostname",
        "id",
        "is_encrypted",
        "is_over",
        "is_utf8",
        "peer",
        "username",
    )

    def __init__(
        self,
        *,
        hostname: str,
        peer: str = "",
        session_id: str = "",
        is_encrypted: bool = False,
        has_tls: bool = True,
    ) -> None:
        self.hostname = hostname
        self.peer = peer
        self.id = session_id
        self.is_encrypted = is_encrypted
        self.has_tls = has_tls
        self.is_utf8 = False
        self.username = ""  # what USER said, for the PASS that must follow
        self.account: Account | None = None
        self.errors = 0
        self.is_over = False  # we have hung up: whatever else has arrived is not run
        self._drop: Maildrop | None = None

    # --- transitions ------------------------------------------------------------------------------
    def authenticated(self, account: Account) -> Maildrop:
        """Into the transaction state: lock the maildrop and number its messages (RFC 1939 §4)."""
        lease = leases.take(f"maildrop:{account.pk}")
        if lease is None:
            raise Refused("Another session has this maildrop", "IN-USE")
        try:
            self._drop = Maildrop(account.pk, lease)
        except BaseException:
            lease.give_up()
            raise
        self.account = account
        return self._drop

    def encrypted(self) -> None:
        """TLS is up: what was said before is forgotten (RFC 2595 §4)."""
        self.is_encrypted = True
        self.username = ""
        self.is_utf8 = False

    def closed(self) -> None:
        """The session is over, however it ended: the next one may have the maildrop."""
        if self._drop is not None:
            self._drop.lease.give_up()
            self._drop = None

    # --- questions --------------------------------------------------------------------------------
    @property
    def state(self) -> State:
        """Where we are."""
        return State.TRANSACTION if self._drop is not None else State.AUTHORIZATION

    @property
    def drop(self) -> Maildrop:
        """The maildrop; dispatch has made sure that there is one."""
        if self._drop is None:
            raise Refused("Sign in first")
        return self._drop

    @property
    def can_encrypt(self) -> bool:
        """Whether STLS makes sense now."""
        return self.has_tls and not self.is_encrypted and self.account is None

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """What AUTH may be used with now; if none, USER may not be used either."""
        return sasl.mechanisms(encrypted=self.is_encrypted)
