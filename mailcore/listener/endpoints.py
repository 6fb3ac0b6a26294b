"""The table: port setting → protocol → TLS → role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings

Protocol = Literal["smtp", "imap", "pop3"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of door."""

    name: str
    setting: str
    protocol: Protocol
    implicit_tls: bool
    role: Literal["", "mx", "submission"] = ""

    @property
    def port(self) -> int:
        """Where it is; 0: nowhere."""
        port: int = getattr(settings, self.setting)
        return port


ENDPOINTS = (
    #        name           setting                  protocol  implicit TLS  role
    Endpoint("smtp",        "MAIL_PORT_SMTP",        "smtp",   False,        "mx"),          # RFC 5321
    Endpoint("submission",  "MAIL_PORT_SUBMISSION",  "smtp",   False,        "submission"),  # RFC 6409
    Endpoint("submissions", "MAIL_PORT_SUBMISSIONS", "smtp",   True,         "submission"),  # RFC 8314 §3.3
    Endpoint("imap",        "MAIL_PORT_IMAP",        "imap",   False),                       # RFC 9051
    Endpoint("imaps",       "MAIL_PORT_IMAPS",       "imap",   True),                        # RFC 8314 §3.2
    Endpoint("pop3",        "MAIL_PORT_POP3",        "pop3",   False),                       # RFC 1939
    Endpoint("pop3s",       "MAIL_PORT_POP3S",       "pop3",   True),                        # RFC 8314 §3.2
)  # fmt: skip


def in_use() -> list[Endpoint]:
    """The doors that are not switched off."""
    return [endpoint for endpoint in ENDPOINTS if endpoint.port]
