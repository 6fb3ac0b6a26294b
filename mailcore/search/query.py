"""What a search asks for: one tree behind IMAP SEARCH and the browser's search box.

Pure values; `search.evaluate` turns them into rows. Terms look at one message as it is in one mailbox.
Text terms match a substring, ignoring case and, where the index can, accents (RFC 9051 §6.4.4). Dates
without a zone compare calendar days as the header or the internal date wrote them (UTC for internal dates).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Query


@dataclass(frozen=True, slots=True)
class From:
    text: str


@dataclass(frozen=True, slots=True)
class To:
    text: str


@dataclass(frozen=True, slots=True)
class Cc:
    text: str


@dataclass(frozen=True, slots=True)
class Bcc:
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    text: str


@dataclass(frozen=True, slots=True)
class Header:
    """A header field of this name exists and contains `text` ('' asks for the field alone)."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """In the header or in the body."""

    text: str


@dataclass(frozen=True, slots=True)
class Before:
    """The internal date is earlier than this day."""

    day: date


@dataclass(frozen=True, slots=True)
class On:
    day: date


@dataclass(frozen=True, slots=True)
class Since:
    """The internal date is on this day or later."""

    day: date


@dataclass(frozen=True, slots=True)
class Earlier:
    """The internal date is before this moment, in seconds since 1970."""

    moment: int


@dataclass(frozen=True, slots=True)
class NotEarlier:
    """The internal date is this moment or later."""

    moment: int


@dataclass(frozen=True, slots=True)
class SentBefore:
    day: date


@dataclass(frozen=True, slots=True)
class SentOn:
    day: date


@dataclass(frozen=True, slots=True)
class SentSince:
    day: date


@dataclass(frozen=True, slots=True)
class SavedBefore:
    """When the message came into this mailbox (RFC 8514)."""

    day: date


@dataclass(frozen=True, slots=True)
class SavedOn:
    day: date


@dataclass(frozen=True, slots=True)
class SavedSince:
    day: date


@dataclass(frozen=True, slots=True)
class Younger:
    """The internal date is at most so many seconds ago (RFC 5032)."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Older:
    seconds: int


@dataclass(frozen=True, slots=True)
class Larger:
    octets: int


@dataclass(frozen=True, slots=True)
class Smaller:
    octets: int


@dataclass(frozen=True, slots=True)
class HasFlag:
    """One bit of `models.entry`: SEEN, ANSWERED, FLAGGED, DELETED, DRAFT."""

    flag: int


@dataclass(frozen=True, slots=True)
class HasKeyword:
    keyword: str


@dataclass(frozen=True, slots=True)
class Uid:
    """The UID lies in one of these ranges, ends included. Sorted, apart from each other."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class ModseqAtLeast:
    """RFC 7162 §3.1.5."""

    modseq: int


@dataclass(frozen=True, slots=True)
class MessageId:
    """The row id of a message, of a conversation, of a mailbox (RFC 8474 EMAILID, THREADID)."""

    id: int


@dataclass(frozen=True, slots=True)
class ConversationId:
    id: int


@dataclass(frozen=True, slots=True)
class InMailbox:
    id: int


@dataclass(frozen=True, slots=True)
class HasAttachment:
    """The message carries a file."""


@dataclass(frozen=True, slots=True)
class Words:
    """Where people look for words: names, addresses, subject, file names, body; not the machine's header fields."""

    text: str


@dataclass(frozen=True, slots=True)
class WholeWords:
    """As `Words`, but not as part of a longer word."""

    text: str


@dataclass(frozen=True, slots=True)
class Near:
    """Both texts in the body or the subject, at most so many words apart, in either order."""

    first: str
    second: str
    distance: int


@dataclass(frozen=True, slots=True)
class FileName:
    """The name of something attached contains this."""

    text: str


@dataclass(frozen=True, slots=True)
class FileType:
    """The name of something attached ends with one of these (".pdf")."""

    endings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WithId:
    """The Message-ID is this one (without <>)."""

    message_id: str


@dataclass(frozen=True, slots=True)
class InFolder:
    """In the mailbox of this name or use: inbox, sent, drafts, trash, spam, archive, or its own name."""

    name: str


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Every message, also where a search does not look unless it is told to: trash and spam."""


Query = (
    All
    | And
    | Or
    | Not
    | From
    | To
    | Cc
    | Bcc
    | Subject
    | Header
    | Body
    | Text
    | Before
    | On
    | Since
    | Earlier
    | NotEarlier
    | SentBefore
    | SentOn
    | SentSince
    | SavedBefore
    | SavedOn
    | SavedSince
    | Younger
    | Older
    | Larger
    | Smaller
    | HasFlag
    | HasKeyword
    | Uid
    | ModseqAtLeast
    | MessageId
    | ConversationId
    | InMailbox
    | HasAttachment
    | Words
    | WholeWords
    | Near
    | FileName
    | FileType
    | WithId
    | InFolder
    | Anywhere
)
