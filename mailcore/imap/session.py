"""One client's session: its state, and every transition between states. RFC 9051 §3."""

from __future__ import annotations

from enum import Enum

from mailcore.dialogue import Handler
from mailcore.imap import capabilities
from mailcore.imap.selected import Selected
from mailcore.imap.wire import response
from mailcore.imap.wire.framing import Limits
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.sequence_set import Ranges
from mailcore.models import Account

MOST_BAD_BEFORE_LOGIN = 8
MOST_BAD_IN_A_ROW = 50
MOST_COMMANDS_BEFORE_LOGIN = 200

SILENCE_BEFORE_LOGIN_SECONDS = 60.0
SILENCE_SECONDS = 1860.0  # RFC 9051 §5.4: at least 30 minutes


class State(Enum):
    NOT_AUTHENTICATED = "not authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"
    LOGOUT = "logout"


class ReadOnly(Exception):
    """The selected mailbox is read-only; nothing may be written to it."""


class Session:
    """What outlives a command. All transitions are methods; nobody else assigns `state`."""

    __slots__ = (
        "account_id",
        "address",
        "bad_commands",
        "commands",
        "enabled",
        "id",
        "is_compressed",
        "is_tls",
        "limits",
        "login_proof",
        "max_message_bytes",
        "peer",
        "saved_result",
        "selected",
        "state",
    )

    def __init__(
        self, *, peer: str, session_id: str = "", is_tls: bool = False, max_message_bytes: int = 150 << 20
    ) -> None:
        self.id = session_id
        self.peer = peer
        self.is_tls = is_tls
        self.is_compressed = False  # RFC 4978
        self.max_message_bytes = max_message_bytes
        self.state = State.NOT_AUTHENTICATED
        self.account_id = 0
        self.login_proof = ""  # what let them in (identity.credentials)
        self.address = ""
        self.selected: Selected | None = None
        self.enabled: set[str] = set()
        self.saved_result: Ranges = ()  # RFC 5182: what `$` stands for
        self.limits = Limits().strangers()
        self.bad_commands = 0
        self.commands = 0

    # --- transitions --------------------------------------------------------------------------------------------------
    def greeting(self) -> Handler:
        """The first words (RFC 9051 §7.1.1)."""
        yield response.ok("IMAP ready", b"CAPABILITY " + capabilities.words(self))

    def encrypted(self) -> None:
        """TLS has begun: whatever was known before is forgotten (RFC 9051 §6.2.1)."""
        self.is_tls = True
        self.enabled.clear()
        self.bad_commands = 0

    def authenticated(self, account: Account) -> None:
        self.state = State.AUTHENTICATED
        self.account_id = account.pk
        self.login_proof = account.login_proof
        self.address = account.address
        self.limits = Limits()
        self.bad_commands = 0

    def unauthenticated(self) -> None:
        """Back to the beginning, as if just greeted (RFC 8437 §2)."""
        self.state = State.NOT_AUTHENTICATED
        self.account_id = 0
        self.login_proof = self.address = ""
        self.selected = None
        self.saved_result = ()
        self.enabled.clear()
        self.limits = Limits().strangers()

    def select(self, selected: Selected) -> None:
        self.state = State.SELECTED
        self.selected = selected
        selected.uids_only = self.uids_only
        self.saved_result = ()

    def unselect(self) -> None:
        if self.state is State.SELECTED:
            self.state = State.AUTHENTICATED
        self.selected = None
        self.saved_result = ()

    def logging_out(self) -> None:
        self.state = State.LOGOUT
        self.selected = None

    # --- what the client can bear -------------------------------------------------------------------------------------
    @property
    def speaks_rev2(self) -> bool:
        return "IMAP4REV2" in self.enabled

    @property
    def speaks_utf8(self) -> bool:
        """Mailbox names and quoted strings are UTF-8 (RFC 6855 §3, RFC 9051 §5.1)."""
        return "UTF8=ACCEPT" in self.enabled or "IMAP4REV2" in self.enabled

    @property
    def knows_modseq(self) -> bool:
        return "CONDSTORE" in self.enabled

    @property
    def knows_vanished(self) -> bool:
        return "QRESYNC" in self.enabled

    @property
    def uids_only(self) -> bool:
        """Neither side uses message numbers (RFC 9586)."""
        return "UIDONLY" in self.enabled

    @property
    def line_limit(self) -> int:
        return self.limits.line

    @property
    def patience_seconds(self) -> float:
        """How long the client may be silent between two commands."""
        strangers = self.state is State.NOT_AUTHENTICATED
        return SILENCE_BEFORE_LOGIN_SECONDS if strangers else SILENCE_SECONDS

    # --- what handlers ask --------------------------------------------------------------------------------------------
    def here(self) -> Selected:
        """The selected mailbox; the dispatch table has seen to it that there is one."""
        if self.selected is None:
            raise Malformed("No mailbox is selected")
        return self.selected

    def here_for_writing(self) -> Selected:
        selected = self.here()
        if selected.is_read_only:
            raise ReadOnly("Mailbox is read-only")
        return selected

    def limits_for_discarding(self) -> Limits:
        """A refused message may be read and dropped up to the size of one that we would have taken."""
        return Limits(line=self.limits.line, discard=max(self.limits.discard, self.max_message_bytes))

    def misbehaved(self) -> bool:
        """Count a command that made no sense; True when that was one too many."""
        self.bad_commands += 1
        if self.state is State.NOT_AUTHENTICATED:
            return self.bad_commands >= MOST_BAD_BEFORE_LOGIN
        return self.bad_commands >= MOST_BAD_IN_A_ROW

    def behaved(self) -> bool:
        """Count a command that did; False when a stranger has had enough of them."""
        if self.state is State.NOT_AUTHENTICATED:
            self.commands += 1
            return self.commands < MOST_COMMANDS_BEFORE_LOGIN
        self.bad_commands = 0
        return True
