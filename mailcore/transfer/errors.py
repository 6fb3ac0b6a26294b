"""Why a transfer ends without having everything; the page has a sentence for each word."""

from __future__ import annotations


class Ended(Exception):
    """No further try will help. `word` goes into the row."""

    word = "broken"


class SignInRefused(Ended):
    """The other server does not know this user with this password."""

    word = "sign-in"


class NotReachable(Ended):
    """No address, or one that we do not connect to."""

    word = "address"


class NotCertified(Ended):
    """It cannot prove that it is who we were told."""

    word = "certificate"


class NotSecure(Ended):
    """No TLS, where TLS is a must."""

    word = "no-tls"


class NotMailServer(Ended):
    """Something else answers there, or it breaks off what it says."""

    word = "not-imap"


class Unavailable(Exception):
    """Not now: silence, a lost connection. Another try may help."""


class LetGo(Exception):
    """Stop here, quietly: it was cancelled, or belongs to another worker by now."""
