"""Refuse a greeting that is no name: RFC 5321 §4.1.1.1, §4.1.3. What it says ends up in a header field."""

from __future__ import annotations

import re

from mailcore.inbound.checks.verdict import ACCEPT, Reject, Verdict

# More than the grammar allows (underscores, single labels, sloppy literals), nothing that could open a
# header field, a comment or a tag.
_NAME = re.compile(
    r"[A-Za-z0-9_\u00a1-\uffff](?:[A-Za-z0-9._\u00a1-\uffff-]{0,253}[A-Za-z0-9_.\u00a1-\uffff-])?"
)
_LITERAL = re.compile(r"\[[A-Za-z0-9:.-]{1,60}\]")


def helo_name(name: str) -> Verdict:
    if (_NAME.fullmatch(name) and name.isprintable()) or _LITERAL.fullmatch(name):
        return ACCEPT
    return Reject(501, "5.5.4", "That is not the name of a host")
