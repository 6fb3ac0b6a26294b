"""What has changed since the client last heard: untagged EXISTS, EXPUNGE, FETCH. RFC 9051 §7, RFC 7162 §3.2.10.

Three readings, each only when the mailbox's own numbers say that there is something to read: what is gone (if
this is a moment when numbers may shift, RFC 9051 §7.5.1), what has arrived, whose flags are different.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from mailcore.imap import believed
from mailcore.imap.believed import Counters
from mailcore.imap.selected import Selected
from mailcore.imap.session import Session
from mailcore.imap.wire import response

_BLOCK = 1000


class Tell(Enum):
    """What may be said after a command."""

    NOTHING = "nothing"
    NO_EXPUNGE = "everything but EXPUNGE"
    EVERYTHING = "everything"


class MailboxGone(Exception):
    """The selected mailbox was deleted under the session (RFC 2180 §3.3)."""


def updates(session: Session, tell: Tell) -> Iterator[bytes]:
    """Bring the client's belief up to date, as far as `tell` allows."""
    selected = session.selected
    if selected is None or tell is Tell.NOTHING:
        return
    now = believed.counters(selected.account_id, selected.mailbox_id)
    if now is None or now.is_deleted:
        raise MailboxGone
    if tell is Tell.EVERYTHING and now.highest_modseq > selected.gone_modseq:
        yield from _expunged(session, selected, now)
    before = selected.uidnext
    if now.uidnext > selected.uidnext:
        yield from _arrived(session, selected, now)
    if now.highest_modseq > selected.flags_modseq:
        yield from _changed(session, selected, now, before)


def _expunged(session: Session, selected: Selected, now: Counters) -> Iterator[bytes]:
    gone = selected.view.gone(selected.uidnext)
    if gone and (session.knows_vanished or session.uids_only):
        said = response.vanished(gone)
    else:
        said = response.expunge(reversed(selected.numbers_of(gone)))
    selected.learn_expunged(gone, now.highest_modseq)
    if gone:
        yield said


def _arrived(session: Session, selected: Selected, now: Counters) -> Iterator[bytes]:
    uids = selected.view.uids(selected.uidnext, now.uidnext)
    selected.learn_arrived(uids, now.uidnext)
    if uids:
        yield response.exists(selected.count)
        if not session.speaks_rev2:
            yield response.recent(selected.recent_count())


def _changed(session: Session, selected: Selected, now: Counters, below: int) -> Iterator[bytes]:
    """FETCH for flags that others changed; of what we changed ourselves only what the client cannot know."""
    since = selected.flags_modseq
    ours = sorted(modseq for modseq in selected.quiet | selected.told if since < modseq <= now.highest_modseq)
    selected.flags_modseq = now.highest_modseq
    for modseq in [*ours, now.highest_modseq + 1]:
        if modseq - 1 > since:
            yield from _flags(session, selected, since, modseq - 1, below)
        if modseq in selected.quiet and session.knows_modseq:
            yield from _modseqs(selected, modseq, below)
        since = modseq
    selected.quiet.clear()
    selected.told.clear()


def _flags(session: Session, selected: Selected, since: int, up_to: int, below: int) -> Iterator[bytes]:
    rows = believed.changed(selected.account_id, selected.mailbox_id, since, up_to, below)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        heads = selected.heads([row[0] for row in block])
        flags = selected.flags.written([row[0] for row in block], [row[1:3] for row in block])
        if session.knows_modseq:
            said = [
                b"%sFLAGS %s MODSEQ (%d))\r\n" % (head, text, row[3])
                for head, row, text in zip(heads, block, flags, strict=True)
            ]
        else:
            said = [b"%sFLAGS %s)\r\n" % (head, text) for head, text in zip(heads, flags, strict=True)]
        yield selected.flags.announcement() + b"".join(said)


def _modseqs(selected: Selected, modseq: int, below: int) -> Iterator[bytes]:
    """STORE .SILENT still owes the new modseq (RFC 7162 §3.1.3)."""
    rows = believed.changed(selected.account_id, selected.mailbox_id, modseq - 1, modseq, below)
    heads = selected.heads([row[0] for row in rows])
    yield b"".join([b"%sMODSEQ (%d))\r\n" % (head, row[3]) for head, row in zip(heads, rows, strict=True)])
