"""SELECT and EXAMINE: RFC 9051 §6.3.2, RFC 9051 §6.3.3, RFC 7162 §3.1.8 (CONDSTORE), RFC 7162 §3.2.5 (QRESYNC)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailcore.changes import log as change_log
from mailcore.imap import believed
from mailcore.imap.believed import Counters
from mailcore.imap.flags_told import SYSTEM_FLAGS
from mailcore.imap.object_ids import mailbox_id
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.selected import Selected
from mailcore.imap.session import Session
from mailcore.imap.wire import response
from mailcore.imap.wire.flags import KNOWN
from mailcore.imap.wire.mailbox_name import mailbox_name, written
from mailcore.imap.wire.malformed import Malformed, NumbersForbidden
from mailcore.imap.wire.reader import Reader
from mailcore.imap.wire.sequence_set import Ranges, clipped, contains, known_numbers
from mailcore.models import Mailbox
from mailcore.store import mailboxes

_BLOCK = 1000


@dataclass(frozen=True, slots=True)
class Known:
    """What a client that comes back remembers (RFC 7162 §3.2.5)."""

    uidvalidity: int
    modseq: int
    uids: Ranges | None
    has_numbers: bool = False


@dataclass(slots=True)
class Arguments:
    name: str
    is_condstore: bool = False
    known: Known | None = None


def select(session: Session, request: Request) -> Commanded:
    return (yield from _open(session, request, is_read_only=False))


def examine(session: Session, request: Request) -> Commanded:
    return (yield from _open(session, request, is_read_only=True))


def _open(session: Session, request: Request, *, is_read_only: bool) -> Commanded:
    wanted = request.read(_arguments)
    if wanted.known and not session.knows_vanished:
        raise Malformed("QRESYNC is not enabled")
    if wanted.known and wanted.known.has_numbers and session.uids_only:
        raise NumbersForbidden
    if session.selected is not None:
        session.unselect()  # also when the new mailbox turns out not to exist
        yield response.ok("Previous mailbox is closed", "CLOSED")
    mailbox = mailboxes.named(session.account_id, wanted.name)
    if wanted.is_condstore:
        session.enabled.add("CONDSTORE")
    selected = _selected(session, mailbox, is_read_only)
    session.select(selected)
    yield b"".join(_described(session, selected))
    if wanted.known and wanted.known.uidvalidity == selected.uidvalidity:
        yield from _resynchronized(selected, wanted.known)
    verb = "EXAMINE" if is_read_only else "SELECT"
    return Done(f"{verb} completed", b"READ-ONLY" if is_read_only else b"READ-WRITE")


def _selected(session: Session, mailbox: Mailbox, is_read_only: bool) -> Selected:
    now = Counters(
        mailbox.uidvalidity, mailbox.uidnext, mailbox.highest_modseq, mailbox.total, is_deleted=False
    )
    selected = Selected(mailbox.account_id, mailbox.id, mailbox.name, now, is_read_only=is_read_only)
    if not session.speaks_rev2:
        selected.flags.recent_from = mailbox.recent_from
        if not is_read_only and mailbox.recent_from < mailbox.uidnext:
            selected.flags.recent_from = mailboxes.claim_recent(mailbox)[0]
    return selected


def _described(session: Session, selected: Selected) -> Iterator[bytes]:
    yield selected.flags.listing()
    permanent = "" if selected.is_read_only else " ".join([SYSTEM_FLAGS, *sorted(KNOWN), "\\*"])
    yield response.ok("Flags that stay", f"PERMANENTFLAGS ({permanent})")
    yield response.exists(selected.count)
    if session.speaks_rev2:
        yield b'* LIST () "/" %s\r\n' % written(selected.name, utf8=True)
    else:
        yield response.recent(selected.recent_count())
    yield response.ok("UIDs are valid", f"UIDVALIDITY {selected.uidvalidity}")
    yield response.ok("Next UID", f"UIDNEXT {selected.uidnext}")
    yield response.ok("Newest change", f"HIGHESTMODSEQ {selected.flags_modseq}")
    yield response.ok("Ok", f"MAILBOXID ({mailbox_id(selected.mailbox_id)})")


# --- coming back ------------------------------------------------------------------------------------------------------


def _resynchronized(selected: Selected, known: Known) -> Iterator[bytes]:
    """First what is gone, then what is different (RFC 7162 §3.2.5.1)."""
    uids = clipped(
        ((1, selected.uidnext - 1),) if known.uids is None else known.uids, 1, selected.uidnext - 1
    )
    if not uids or known.modseq >= selected.flags_modseq:
        return
    gone = list(_gone(selected, known.modseq, uids))
    if gone:
        yield response.vanished(gone, earlier=True)
    rows = [
        row
        for row in believed.changed(
            selected.account_id, selected.mailbox_id, known.modseq, selected.flags_modseq, selected.uidnext
        )
        if contains(uids, row[0])
    ]
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        heads = selected.heads([row[0] for row in block])
        flags = selected.flags.written([row[0] for row in block], [row[1:3] for row in block])
        said = [
            b"%sFLAGS %s MODSEQ (%d))\r\n" % (head, text, row[3])
            for head, row, text in zip(heads, block, flags, strict=True)
        ]
        yield selected.flags.announcement() + b"".join(said)


def _gone(selected: Selected, modseq: int, uids: Ranges) -> Iterator[int]:
    """UIDs among `uids` that went after `modseq`.

    Tombstones are dropped some day. A client that was away longer is told of every UID that is not there:
    more than it needs, which RFC 7162 §3.2.5.1 allows, and nothing too little.
    """
    if change_log.reaches_back_to(selected.account_id, modseq):
        view = believed.View(selected.account_id, selected.mailbox_id, modseq)
        return (uid for uid in view.gone(selected.uidnext) if contains(uids, uid))
    present = set(selected.view.uids(uids[0][0], uids[-1][1] + 1))
    return (uid for low, high in uids for uid in range(low, high + 1) if uid not in present)


# --- arguments --------------------------------------------------------------------------------------------------------


def _arguments(reader: Reader) -> Arguments:
    wanted = Arguments(mailbox_name(reader))
    if not reader.at_end():
        reader.space()
        reader.listed(lambda r: _parameter(r, wanted), at_most=10)
    return wanted


def _parameter(reader: Reader, wanted: Arguments) -> None:
    match reader.word():
        case "CONDSTORE":
            wanted.is_condstore = True
        case "QRESYNC":
            reader.space()
            wanted.known = _known(reader)
        case _:
            raise Malformed("Unknown parameter")


def _known(reader: Reader) -> Known:
    reader.expect(b"(")
    uidvalidity = reader.number()
    reader.space()
    modseq = reader.number64()
    if not uidvalidity or not modseq:
        raise Malformed("Expected a number above 0")
    uids, has_numbers = None, False
    if reader.takes(b" "):
        if reader.peek() != b"(":
            uids = known_numbers(reader)
        if uids is None or reader.takes(b" "):
            _sequence_match(reader)
            has_numbers = True
    reader.expect(b")")
    return Known(uidvalidity, modseq, uids, has_numbers)


def _sequence_match(reader: Reader) -> None:
    """Pairs of numbers and UIDs that help servers without tombstones; ours has them."""
    reader.expect(b"(")
    known_numbers(reader)
    reader.space()
    known_numbers(reader)
    reader.expect(b")")
