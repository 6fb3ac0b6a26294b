"""LIST's arguments: selection options, patterns, return options. RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 9590."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailcore.imap.wire import metadata
from mailcore.imap.wire.mailbox_name import mailbox_name, mailbox_pattern
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader

SELECT_OPTIONS = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})
RETURN_OPTIONS = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS", "METADATA"})
STATUS_ITEMS = frozenset(
    [
        "MESSAGES",
        "RECENT",
        "UIDNEXT",
        "UIDVALIDITY",
        "UNSEEN",
        "DELETED",
        "SIZE",
        "HIGHESTMODSEQ",
        "MAILBOXID",
        "APPENDLIMIT",
        "DELETED-STORAGE",
    ]
)
MOST_PATTERNS = 100

_RETURN = re.compile(rb" +RETURN +(?=\()", re.IGNORECASE)


@dataclass(slots=True)
class ListRequest:
    reference: str
    patterns: list[str]
    is_extended: bool = False
    selects: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset()
    status_items: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)


def status_items(reader: Reader) -> list[str]:
    """(MESSAGES UNSEEN)."""
    items = list(dict.fromkeys(reader.listed(Reader.word, at_most=50)))
    for item in items:
        if item not in STATUS_ITEMS:
            raise Malformed("Unknown STATUS item")
    return items


def list_request(reader: Reader) -> ListRequest:
    selects: frozenset[str] = frozenset()
    is_extended = False
    if reader.peek() == b"(":
        is_extended = True
        selects = frozenset(reader.listed(Reader.word, at_most=20, may_be_empty=True))
        if selects - SELECT_OPTIONS:
            raise Malformed("Unknown selection option")
        if selects == {"RECURSIVEMATCH"} or selects == {"RECURSIVEMATCH", "REMOTE"}:
            raise Malformed("RECURSIVEMATCH needs another option")
        reader.space()
    reference = mailbox_name(reader)
    reader.space()
    if reader.peek() == b"(":
        is_extended = True
        patterns = reader.listed(mailbox_pattern, at_most=MOST_PATTERNS)
    else:
        patterns = [mailbox_pattern(reader)]
    asked = ListRequest(reference, patterns, is_extended, selects)
    if reader.match(_RETURN):
        asked.is_extended = True
        asked.returns = frozenset(
            reader.listed(lambda r: _return_option(r, asked), at_most=20, may_be_empty=True)
        )
    return asked


def _return_option(reader: Reader, asked: ListRequest) -> str:
    option = reader.word()
    if option not in RETURN_OPTIONS:
        raise Malformed("Unknown return option")
    if option == "STATUS":
        reader.space()
        asked.status_items = status_items(reader)
    if option == "METADATA":
        reader.space()
        asked.entries = metadata.entries(reader)
    return option
