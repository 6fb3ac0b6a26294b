"""Rows, and the rules that hold within one row.

Two families. The *directory* (Domain, Account, Alias, Route, …) is small, shared and edited in the admin. *Mail*
(Mailbox, Message, Entry, Change, …) is large and always of one account: every row carries `account_id`, its id is
`account_id << 32 | n` with `n` from the account's own counter, and every query names one `account_id`, so that the
tables can be sharded by account without renumbering. Times in mail rows are whole seconds since 1970, UTC: they
are compared and printed by the million.
"""

from __future__ import annotations

from mailcore.models.account import Account, AppPassword
from mailcore.models.account_state import AccountState
from mailcore.models.address import Alias, Domain
from mailcore.models.annotation import Annotation
from mailcore.models.blob import Blob
from mailcore.models.blocked_sender import BlockedSender
from mailcore.models.change import Change
from mailcore.models.contact import Contact
from mailcore.models.conversation import Anchor, Conversation
from mailcore.models.delegation import Delegation
from mailcore.models.dkim_key import DkimKey
from mailcore.models.draft import Draft, DraftFile
from mailcore.models.entry import Entry
from mailcore.models.identity import Identity
from mailcore.models.invitation import Invitation
from mailcore.models.label import Label
from mailcore.models.mailbox import Mailbox
from mailcore.models.message import Message
from mailcore.models.mime_type import MimeType
from mailcore.models.outbound import OutboundAttempt, OutboundMessage, OutboundRecipient
from mailcore.models.person import Person, PersonGroup, PersonMember
from mailcore.models.push_subscription import PushSubscription
from mailcore.models.reminder import Reminder
from mailcore.models.route import Route
from mailcore.models.saved_search import RecentSearch, SavedSearch
from mailcore.models.search_index import SearchBodies, SearchHeaders, SearchSegment, SearchState
from mailcore.models.sign_in import SignIn
from mailcore.models.template import Template
from mailcore.models.transfer import Transfer, TransferFolder

__all__ = [
    "Account",
    "AccountState",
    "Alias",
    "Anchor",
    "Annotation",
    "AppPassword",
    "Blob",
    "BlockedSender",
    "Change",
    "Contact",
    "Conversation",
    "Delegation",
    "DkimKey",
    "Domain",
    "Draft",
    "DraftFile",
    "Entry",
    "Identity",
    "Invitation",
    "Label",
    "Mailbox",
    "Message",
    "MimeType",
    "OutboundAttempt",
    "OutboundMessage",
    "OutboundRecipient",
    "Person",
    "PersonGroup",
    "PersonMember",
    "PushSubscription",
    "RecentSearch",
    "Reminder",
    "Route",
    "SavedSearch",
    "SearchBodies",
    "SearchHeaders",
    "SearchSegment",
    "SearchState",
    "SignIn",
    "Template",
    "Transfer",
    "TransferFolder",
]
