"""Hand over what is due for one destination: one conversation, many messages. RFC 5321 §4.5.4.1, §5.1.

Outcomes are written down as they come (recorder.py), so that a worker that dies sends hardly anything twice. At most
`MOST_TOGETHER` threads of this process work for one destination, and a second one only joins when the first has its
hands full: a slow or dead destination never takes the others' threads (SECURITY F21). Some threads of the worker are
never used for relaying, so that sweeping and indexing go on whatever the world does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError

from mailcore import doorbell
from mailcore.inbound import receive
from mailcore.inbound.errors import LoopDetected, RecipientUnknown
from mailcore.models import OutboundMessage
from mailcore.outbound import bounce, connections, leases, queue, recorder, route, signing
from mailcore.outbound.channel import Unreachable
from mailcore.outbound.content import prepare
from mailcore.outbound.letter import Addressee, Letter, Outcome
from mailcore.outbound.queue import Batch, Claimed, Outcomes, Result, Tried
from mailcore.outbound.recorder import Receipt
from mailcore.outbound.reply import Reply, ours
from mailcore.outbound.route import Here, Hop, NoWay
from mailcore.outbound.smtp_client import Peer
from mailcore.smtp.wire.envelope import Recipient
from mailcore.smtp.wire.path import PathInvalid, mailbox
from mailcore.store import blobs
from mailcore.store.blobs import Stored
from mailcore.store.errors import MailError, QuotaExceeded
from mailcore.store.raw import Raw

log = logging.getLogger(__name__)

MOST_TOGETHER = 8
OTHER_THREADS = 6  # of the worker's, for everything but relaying
TURN_SECONDS = 300  # then others have their turn
MOST_RECIPIENTS = 100  # of one transaction: RFC 5321 §4.5.3.1.8


stopping = threading.Event()  # the process is asked to end: finish the letter at hand, give the others back


def relay(domain: str, is_helper: bool = False) -> None:
    """Send everything that is due for `domain`, unless enough of us are at it already."""
    if stopping.is_set() or not _turns.enter(domain, is_helper):
        return
    until = time.monotonic() + TURN_SECONDS
    try:
        while True:
            batch = queue.claim(domain)
            if batch is None:
                if _turns.leave(domain):
                    return
                continue
            if len(batch.recipients) >= queue.BATCH:
                doorbell.ring(queue.RELAY, domain, 1)
            with leases.held(batch.lease):
                attempt(batch)
            if stopping.is_set() or time.monotonic() > until:
                _turns.give_up(domain)
                doorbell.ring(queue.RELAY, domain)
                return
    except BaseException:
        _turns.give_up(domain)
        raise


class _Turns:
    """Who works for which destination in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working: Counter[str] = Counter()
        self._rung: set[str] = set()

    def enter(self, domain: str, is_helper: bool) -> bool:
        with self._lock:
            working = self._working.get(domain, 0)
            if working and not (is_helper and working < MOST_TOGETHER):
                self._rung.add(domain)  # whoever is at it looks once more before leaving
                return False
            if self._working.total() >= max(1, settings.MAIL_WORKER_THREADS - OTHER_THREADS):
                return False  # the sweep rings again in a moment
            self._working[domain] = working + 1
            return True

    def leave(self, domain: str) -> bool:
        with self._lock:
            if domain in self._rung:
                self._rung.discard(domain)
                return False
            self._done(domain)
            return True

    def give_up(self, domain: str) -> None:
        with self._lock:
            self._done(domain)

    def _done(self, domain: str) -> None:
        self._working[domain] -= 1
        if self._working[domain] <= 0:
            del self._working[domain]


_turns = _Turns()


def attempt(batch: Batch) -> None:
    """One attempt at everything in the batch; every recipient of it is recorded in the end."""
    ledger = _Ledger(batch)
    try:
        way = route.of(batch.domain)
        if isinstance(way, Here):
            _deliver_here(batch, ledger)
        else:
            _deliver_there(batch, way, ledger)
    except NoWay as problem:
        ledger.settle_rest(problem.reply)
    ledger.close()


# --- writing down


@dataclass
class _Ledger:
    """Collects what becomes of a batch, and has it written down as it comes."""

    batch: Batch
    results: list[Result] = field(default_factory=list)
    tries: list[Tried] = field(default_factory=list)
    settled: set[int] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)

    def settle(self, result: Result) -> None:
        if result.claimed.id in self.settled:
            return
        self.settled.add(result.claimed.id)
        self.results.append(result)

    def settle_rest(self, reply: Reply) -> None:
        """The same for everybody who has no result yet."""
        for claimed in self.batch.recipients:
            self.settle(Result(claimed, reply))

    def hand_over(self) -> None:
        """Have what was settled so far written down, without waiting for it."""
        if self.results:
            self.receipts.append(recorder.hand(Outcomes(self.batch, self.results, self.tries)))
            self.results, self.tries = [], []

    def close(self) -> None:
        """Everything is written down when it returns, and what is owed for it is paid."""
        self.hand_over()
        owed: dict[int, set[int]] = {}
        for receipt in self.receipts:
            for account_id, outbound_id in receipt.wait():
                owed.setdefault(account_id, set()).add(outbound_id)
        self.receipts = []
        try:
            for account_id, outbound_ids in owed.items():
                bounce.pay(account_id, outbound_ids)
        except (MailError, DatabaseError):  # the sweep pays it in a moment
            log.exception("reports-not-paid domain=%s", self.batch.domain)


# --- to another host


def _deliver_there(batch: Batch, hop: Hop, ledger: _Ledger) -> None:
    waiting = _Letters(batch, ledger)
    last = ours(451, "4.4.1", "no host to try")
    for target in hop.targets:
        while waiting.left:
            try:
                peer = connections.take(target, hop)
            except Unreachable as problem:
                last = problem.reply
                waiting.note_try(str(target), problem.transcript)
                break
            handed_over = 0
            try:
                for outcome in peer.deliver(waiting.prepared()):
                    handed_over += 1
                    waiting.settle(outcome, peer)
                    ledger.hand_over()
            except BaseException:
                peer.close()
                raise
            connections.give_back(peer, hop)
            if stopping.is_set():
                break
            if not handed_over and waiting.left:
                last = ours(421, "4.4.2", f"{target} ended the conversation")
                break
        if not waiting.left:
            return
        if stopping.is_set():
            waiting.give_back()
            return
    ledger.settle_rest(last)
    if last.is_transient:
        ledger.close()
        queue.postpone(batch.domain, last)


class _Letters:
    """The messages of a batch that still have to be handed over."""

    def __init__(self, batch: Batch, ledger: _Ledger) -> None:
        self._batch = batch
        self._ledger = ledger
        self._claimed: dict[int, Claimed] = {one.id: one for one in batch.recipients}
        by_message: dict[int, list[Claimed]] = {}
        for one in batch.recipients:
            by_message.setdefault(one.outbound_id, []).append(one)
        self.left: dict[int, list[Claimed]] = by_message
        self._small: dict[bytes, bytes] | None = None

    def prepared(self) -> Iterator[Letter]:
        """Letters, made as they are wanted; one that cannot be made waits, and takes no other with it."""
        for outbound_id, recipients in list(self.left.items()):
            if stopping.is_set():
                return
            message = self._batch.messages.get(outbound_id)
            try:
                if message is None:
                    raise MailError("its message is gone")
                yield self._letter(message, recipients)
            except GeneratorExit:
                raise
            except Exception:  # whatever is wrong with this message: it alone is tried again later
                log.exception("letter-not-made outbound=%d", outbound_id)
                del self.left[outbound_id]
                for one in recipients:
                    self._ledger.settle(Result(one, ours(451, "4.3.0", "The message could not be read")))

    def _letter(self, message: OutboundMessage, recipients: list[Claimed]) -> Letter:
        raw = Raw(bytes(message.prefix), bytes(message.digest), message.size)
        kept = self._kept().get(raw.digest)
        source = raw.chunks if kept is None else lambda: [raw.prefix + kept]
        return Letter(
            sender=message.sender,
            recipients=tuple(Addressee(one.id, one.address, one.notify, one.orcpt) for one in recipients),
            content=prepare(source, signing.signer(message.sign_as)),
            wants_utf8=message.needs_smtputf8,
            ret=message.ret,
            envid=message.envid,
        )

    def _kept(self) -> dict[bytes, bytes]:
        """The small messages of the batch, read in one go."""
        if self._small is None:
            limit = settings.MAIL_INLINE_BLOB_BYTES
            self._small = blobs.read_many(
                bytes(message.digest)
                for message in self._batch.messages.values()
                if message.size - len(message.prefix) <= limit
            )
        return self._small

    def settle(self, outcome: Outcome, peer: Peer) -> None:
        first = self._claimed[outcome.letter.recipients[0].id]
        self.left.pop(first.outbound_id, None)
        reports = "DSN" in peer.extensions
        for addressee, reply in zip(outcome.letter.recipients, outcome.replies, strict=True):
            self._ledger.settle(
                Result(self._claimed[addressee.id], reply, host=peer.target.host, peer_reports=reports)
            )
        self._ledger.tries.append(
            Tried(
                first.account_id,
                first.outbound_id,
                str(peer.target),
                peer.tls,
                "\n".join(outcome.transcript),
            )
        )

    def give_back(self) -> None:
        """What was not begun is due again at once, for whoever comes after us."""
        begun_by_nobody = [one.id for recipients in self.left.values() for one in recipients]
        self._ledger.settled.update(begun_by_nobody)
        queue.give_back(self._batch, begun_by_nobody)

    def note_try(self, target: str, transcript: tuple[str, ...]) -> None:
        """A host that could not be reached, in the history of everything that waited for it."""
        for outbound_id, recipients in self.left.items():
            self._ledger.tries.append(
                Tried(recipients[0].account_id, outbound_id, target, "", "\n".join(transcript))
            )


# --- into our own mailboxes


def _deliver_here(batch: Batch, ledger: _Ledger) -> None:
    for claimed in batch.recipients:
        message = batch.messages.get(claimed.outbound_id)
        reply = _deliver_one(message, claimed) if message else ours(451, "4.3.0", "The message is gone")
        ledger.settle(Result(claimed, reply, is_final_delivery=True))
        ledger.hand_over()


def _deliver_one(message: OutboundMessage, claimed: Claimed) -> Reply:
    prefix = bytes(message.prefix)
    stored = Stored(bytes(message.digest), message.size - len(prefix))
    try:
        recipient = Recipient(mailbox(claimed.address), orcpt=claimed.orcpt)
        receive.deliver(
            message.sender, [recipient], stored, prefix=prefix, ret=message.ret, envid=message.envid
        )
    except (RecipientUnknown, PathInvalid):
        return ours(550, "5.1.1", "Nobody here has that address")
    except LoopDetected as problem:
        return ours(554, "5.4.6", str(problem))
    except QuotaExceeded as problem:
        return ours(
            552 if problem.never_fits else 452, "5.2.3" if problem.never_fits else "4.2.2", str(problem)
        )
    except MailError as problem:
        return ours(451, "4.3.0", str(problem))
    return ours(250, "2.1.5", "Delivered")
