"""How a connection to a next hop is protected: RFC 3207, RFC 7435 (opportunistic), RFC 8314 (implicit).

Between strangers TLS is opportunistic: better an unverified lock than none, and better delivered in the clear than
not at all. A route that an admin set may demand more, and then nothing leaves without it.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Policy:
    """`starttls`: "never", "may", "must"; `is_implicit`: TLS from the first octet; `verifies`: name and chain."""

    starttls: str = "may"
    is_implicit: bool = False
    verifies: bool = False

    @property
    def is_required(self) -> bool:
        return self.is_implicit or self.starttls == "must"


OPPORTUNISTIC = Policy()
NONE = Policy("never")
REQUIRED = Policy("must", verifies=True)
IMPLICIT = Policy("never", is_implicit=True, verifies=True)

BY_NAME = {"opportunistic": OPPORTUNISTIC, "none": NONE, "required": REQUIRED, "implicit": IMPLICIT}


@lru_cache(maxsize=8)
def context(verifies: bool, authorities: str = "") -> ssl.SSLContext:
    """The client's side of TLS; made once, since loading the system's authorities takes its time."""
    made = ssl.create_default_context(cafile=authorities or None)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verifies:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
