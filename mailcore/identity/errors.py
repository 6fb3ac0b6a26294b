"""What can go wrong with addresses, accounts and logins."""

from __future__ import annotations

from mailcore.store.errors import MailError


class AddressInvalid(MailError):
    """The text is no mail address, or none that we would give to anybody."""


class AddressTaken(MailError):
    """Somebody or something has that address already."""


class DomainUnknown(MailError):
    """We do not receive mail for that domain."""


class PasswordInvalid(MailError):
    """That cannot be a password: empty, too long, or with control characters."""


class LoginRefused(MailError):
    """Whoever it is, they do not get in. Its subclasses are the reasons."""


class BadCredentials(LoginRefused):
    """Unknown account, wrong password or closed account: nobody outside learns which."""

    def __init__(self) -> None:
        super().__init__("Authentication failed")


class Throttled(LoginRefused):
    """Too many failures from there; the password was not even looked at."""

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__("Too many failed logins, try again later")
        self.retry_after_seconds = retry_after_seconds


class SaslMalformed(LoginRefused):
    """What the client sent is not what its mechanism says (RFC 4422 §5)."""


class SaslCancelled(LoginRefused):
    """The client answered a challenge with `*` (RFC 4954 §4, RFC 9051 §6.2.2, RFC 5034 §4)."""


class MechanismUnknown(LoginRefused):
    """A mechanism that we do not speak."""


class EncryptionRequired(LoginRefused):
    """A mechanism that would show the password to everyone on the way (RFC 4954 §4: 538)."""


class IdentityError(MailError):
    """An identity that cannot be: somebody else's address, one too many."""


class DelegationRefused(MailError):
    """An account cannot be given to them: nobody, oneself, or one too many."""
