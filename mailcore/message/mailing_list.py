"""Where a mailing list wants its answers: List-Post (RFC 2369 §3.4) and what its writers ask for, Mail-Followup-To."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from mailcore.message import addresses, headers

MAX_LENGTH = 8_000
_WANTED = frozenset({b"list-post", b"mail-followup-to"})
_STRANGE = re.compile(r'[\s\x00-\x1f,;:<>"]')
_WAY = re.compile(r"<\s*mailto:([^<>?\s]{3,500})[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answers:
    """`post`: the list's own address, "" where it takes no letters. `followup_to`: whom an answer to all is for."""

    post: str = ""
    followup_to: str = ""


def read(raw_header: bytes) -> Answers:
    """What a header says; what is no address is not there."""
    header = headers.read(raw_header, 0, len(raw_header), _WANTED)
    post = _WAY.search(headers.unfold((header.first(b"list-post") or b"")[:MAX_LENGTH]))
    followup = headers.unfold((header.first(b"mail-followup-to") or b"")[:MAX_LENGTH])
    address = unquote(post[1]) if post else ""
    return Answers("" if _STRANGE.search(address) else _sound(address), _sound(followup))


def _sound(text: str) -> str:
    found = addresses.mailboxes(addresses.parse(headers.visible(text)))
    return ", ".join(str(mailbox) for mailbox in found if mailbox.local and mailbox.domain)
