"""What a server found out about a message's sender: Authentication-Results, RFC 8601 §2.2.

Everybody can write such a field. It counts where it bears the name of one's own server (§5), which takes away what
pretends to when a message comes in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailcore.message import headers

MAX_LENGTH = 8_000
MAX_VERDICTS = 30
METHODS = ("spf", "dkim", "dmarc", "arc", "iprev", "auth")
_METHOD = re.compile(r"\s*([a-z0-9-]{1,20})(?:/\d)?\s*=\s*([a-z]{1,12})", re.IGNORECASE)
_PROPERTY = re.compile(
    r"\b(smtp|header|policy|body)\.([a-z0-9_-]{1,30})\s*=\s*\"?([^\s;\"]{1,255})", re.IGNORECASE
)
_REASON = re.compile(r"\breason\s*=\s*(?:\"([^\"]{0,300})\"|([^\s;]{1,300}))", re.IGNORECASE)
_COMMENT = re.compile(r"\(([^()]{0,300})\)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One method's result, with whom it is about and why."""

    method: str  # spf, dkim, dmarc, ...
    result: str  # pass, fail, softfail, none, ...
    about: str = ""  # the domain or address that was looked at
    reason: str = ""
    by: str = ""  # the authserv-id: whose word it is

    @property
    def is_good(self) -> bool:
        return self.result == "pass"

    @property
    def is_bad(self) -> bool:
        return self.result in ("fail", "permerror", "softfail", "policy")


def read(value: str) -> list[Verdict]:
    """The verdicts of one field's unfolded body."""
    server, _, rest = value[:MAX_LENGTH].partition(";")
    by = headers.visible(server.split()[0]) if server.split() else ""
    found = []
    for piece in rest.split(";"):
        bare = _COMMENT.sub(" ", piece)
        method = _METHOD.match(bare)
        if method is None or method[1].lower() not in METHODS:
            continue
        comment, reason = _COMMENT.search(piece), _REASON.search(bare)
        why = (reason[1] or reason[2]) if reason else (comment[1] if comment else "")
        found.append(
            Verdict(
                method=method[1].lower(),
                result=method[2].lower(),
                about=_about(bare),
                reason=headers.visible(why),
                by=by,
            )
        )
    return found[:MAX_VERDICTS]


def of(raw_header: bytes, by: str = "") -> list[Verdict]:
    """All verdicts of a header, or those of one server alone, the newest field first."""
    found = []
    for name, value in headers.pairs(raw_header):
        if name.lower() == b"authentication-results":
            found += [
                one
                for one in read(headers.unfold(value[:MAX_LENGTH]))
                if not by or one.by.lower() == by.lower()
            ]
    return found[:MAX_VERDICTS]


def _about(text: str) -> str:
    """The identity that was authenticated: a domain where there is one."""
    properties = {f"{kind.lower()}.{name.lower()}": value for kind, name, value in _PROPERTY.findall(text)}
    for name in (
        "header.d",
        "header.from",
        "smtp.mailfrom",
        "header.i",
        "smtp.helo",
        "smtp.auth",
        "policy.iprev",
    ):
        if name in properties:
            return headers.visible(properties[name]).lstrip("@")
    return ""
