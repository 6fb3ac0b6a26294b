"""The DNS records a domain of ours needs, as lines of a zone file."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from mailcore.models import Domain
from mailcore.outbound import signing

LONGEST_STRING = 255  # of a TXT record (RFC 1035 §3.3)


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `value` as people write it, TXT without quotes."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}. IN {self.kind} {_quoted(self.value) if self.kind == 'TXT' else self.value}"


def records(domain: Domain) -> list[Record]:
    """Where its mail goes (RFC 5321 §5.1), who may send it (SPF, DKIM, DMARC), where clients connect (RFC 6186)."""
    host, name = settings.MAIL_HOSTNAME, domain.name
    return [
        Record(name, "MX", f"10 {host}."),
        Record(name, "TXT", "v=spf1 mx -all"),
        *(Record(selector, "TXT", value) for selector, value in signing.records(domain)),
        Record(f"_dmarc.{name}", "TXT", f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{name}"),
        *(
            Record(f"_{service}._tcp.{name}", "SRV", f"0 1 {port} {host}.")
            for service, port in (("submissions", 465), ("imaps", 993), ("pop3s", 995))
        ),
    ]


def _quoted(text: str) -> str:
    pieces = [text[start : start + LONGEST_STRING] for start in range(0, len(text), LONGEST_STRING)]
    return " ".join(f'"{piece}"' for piece in pieces)
