"""ESEARCH: one search over many mailboxes. RFC 7377."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailcore.imap import esearch as answers
from mailcore.imap import object_ids
from mailcore.imap.believed import View
from mailcore.imap.commands.search import highest_modseq, resolver
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import return_options, search_program
from mailcore.imap.wire.mailbox_name import DELIMITER, mailbox_name, written
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.return_options import Returns
from mailcore.imap.wire.search_program import Notes, Resolver
from mailcore.imap.wire.sequence_set import SequenceSet
from mailcore.models import Mailbox
from mailcore.search import evaluate, query
from mailcore.search.query import Query
from mailcore.store import mailboxes

MOST_NAMES = 1000
NAMED = ("SUBTREE", "SUBTREE-ONE", "MAILBOXES")
UNNAMED = ("SELECTED", "INBOXES", "PERSONAL", "SUBSCRIBED")

_IN = re.compile(rb"IN +(?=\()", re.IGNORECASE)


@dataclass(slots=True)
class Sources:
    """Where to search: RFC 5465 §6's filters, and names under those that take some."""

    wanted: dict[str, list[str]] = field(default_factory=dict)

    def hold(self, mailbox: Mailbox, selected: int) -> bool:
        """Whether a mailbox is among them."""
        return any(self._holds(word, names, mailbox, selected) for word, names in self.wanted.items())

    def _holds(self, word: str, names: list[str], mailbox: Mailbox, selected: int) -> bool:
        match word:
            case "SELECTED":
                return mailbox.id == selected
            case "INBOXES":
                return mailbox.name == "INBOX"
            case "SUBSCRIBED":
                return mailbox.is_subscribed
            case "MAILBOXES":
                return mailbox.name in names
            case "SUBTREE":
                return any(
                    mailbox.name == name or mailbox.name.startswith(name + DELIMITER) for name in names
                )
            case "SUBTREE-ONE":
                parent = mailbox.name.rpartition(DELIMITER)[0]
                return any(mailbox.name == name or parent == name for name in names)
        return True  # PERSONAL: whatever is theirs


def esearch(session: Session, request: Request) -> Commanded:
    sources, returns, wanted, uses_modseq = request.read(lambda reader: _arguments(reader, session))
    selected = session.selected.mailbox_id if session.selected is not None else 0
    found = [one for one in mailboxes.listing(session.account_id) if sources.hold(one, selected)]
    if uses_modseq:
        session.enabled.add("CONDSTORE")
    if "SAVE" in returns:
        if [one.id for one in found] != [selected]:
            raise Malformed("SAVE is for the selected mailbox alone")  # RFC 7377 §2.2
        session.saved_result = ()
    for mailbox in found:
        uids = evaluate.uids(mailbox, wanted)
        if session.selected is not None and mailbox.id == selected:
            uids = session.selected.believes(uids)
        if "SAVE" in returns:
            session.saved_result = answers.saved(uids, returns)
        if uids and returns.options != {"SAVE"}:  # mailboxes without a match are passed over (RFC 7377 §2.1)
            name = written(mailbox.name, session.speaks_utf8)
            about = b'TAG "%s" MAILBOX %s UIDVALIDITY %d' % (request.tag.encode(), name, mailbox.uidvalidity)
            view = View(session.account_id, mailbox.id, mailbox.highest_modseq)
            modseq = highest_modseq(view, uids) if uses_modseq else 0
            yield answers.response(about, uids, returns, by_uid=True, modseq=modseq)
    return Done("ESEARCH completed")


def _arguments(reader: Reader, session: Session) -> tuple[Sources, Returns, Query, bool]:
    sources = Sources()
    if reader.match(_IN):
        reader.listed(lambda one: _source(one, sources), at_most=100)
        reader.space()
    else:
        sources.wanted["SELECTED"] = []
    if "SELECTED" in sources.wanted and session.selected is None:
        raise Malformed("No mailbox is selected")
    returns = return_options.returns(reader) or Returns(frozenset({"ALL"}))
    charset = search_program.optional_charset(reader)
    notes = Notes()
    keys = search_program.search_keys(reader, charset, _resolver(session, sources), notes)
    return sources, returns, keys, notes.uses_modseq


def _source(reader: Reader, sources: Sources) -> None:
    word = reader.word().replace("SELECTED-DELAYED", "SELECTED")
    if word in UNNAMED:
        sources.wanted[word] = []
        return
    if word not in NAMED:
        raise Malformed("Unknown source")
    reader.space()
    if reader.peek() == b"(":
        names = reader.listed(mailbox_name, at_most=MOST_NAMES)
    else:
        names = [mailbox_name(reader)]
    sources.wanted.setdefault(word, []).extend(names)


def _resolver(session: Session, sources: Sources) -> Resolver:
    """Message numbers and `$` belong to the selected mailbox; elsewhere they name nothing (RFC 7377 §2.2)."""
    if list(sources.wanted) == ["SELECTED"]:
        return resolver(session, session.here())

    def refused(wanted: SequenceSet) -> Query:
        raise Malformed("Message numbers are those of one mailbox")

    def by_uid(wanted: SequenceSet) -> Query:
        if wanted.is_saved_result or any(0 in pair for pair in wanted.ranges):
            return refused(wanted)
        return query.Uid(wanted.within(0))

    def row(kind: str, term: type[query.MessageId] | type[query.ConversationId], text: str) -> Query:
        number = object_ids.number_of(text, kind)
        return query.Not(query.All()) if number is None else term(number)

    return Resolver(
        by_number=refused,
        by_uid=by_uid,
        email_id=lambda text: row("M", query.MessageId, text),
        thread_id=lambda text: row("T", query.ConversationId, text),
    )
