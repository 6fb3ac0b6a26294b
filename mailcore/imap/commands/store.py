"""STORE and UID STORE: RFC 9051 §6.4.6, RFC 7162 §3.1.3 (UNCHANGEDSINCE). `sync` tells the new flags."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire.flags import Flags, flags_to_store
from mailcore.imap.wire.malformed import Malformed
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.sequence_set import SequenceSet, compact, sequence_set
from mailcore.store import flags
from mailcore.store.uidset import Ranges

_ITEM = re.compile(rb"([+-]?)FLAGS(\.SILENT)?(?= )", re.IGNORECASE)
_VERBS = {"": flags.replace, "+": flags.add, "-": flags.remove}


@dataclass(slots=True)
class Arguments:
    wanted: SequenceSet
    sign: str
    is_silent: bool
    flags: Flags
    unchanged_since: int | None = None


def store(session: Session, request: Request) -> Commanded:
    asked = request.read(_arguments)
    selected = session.here_for_writing()
    uids = selected.uid_ranges(asked.wanted, request.by_uid, session.saved_result)
    if asked.unchanged_since is not None:
        session.enabled.add("CONDSTORE")
    yield from ()
    if not uids:
        return Done("Nothing to change")
    stored = _VERBS[asked.sign](
        selected.mailbox, Ranges(uids), asked.flags.bits, asked.flags.keywords, asked.unchanged_since
    )
    if asked.is_silent and stored.entries:
        selected.quiet.add(stored.modseq)
    failed = selected.believes(stored.failed_uids)
    if failed:
        numbers = failed if request.by_uid else selected.numbers_of(failed)
        return Done("Some messages had changed meanwhile", b"MODIFIED " + compact(numbers))
    return Done("STORE completed")


def _arguments(reader: Reader) -> Arguments:
    wanted = sequence_set(reader)
    reader.space()
    unchanged_since = None
    if reader.takes(b"("):
        if reader.word() != "UNCHANGEDSINCE":
            raise Malformed("Unknown modifier")
        reader.space()
        unchanged_since = reader.number64()
        reader.expect(b")")
        reader.space()
    item = reader.match(_ITEM)
    if not item:
        raise Malformed("Expected FLAGS")
    reader.space()
    return Arguments(wanted, item[1].decode(), bool(item[2]), flags_to_store(reader), unchanged_since)
