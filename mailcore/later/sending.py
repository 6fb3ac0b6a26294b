"""Send later: a draft that waits for its time, can be looked at, moved, changed and taken back until then.

The draft stays a draft, so that it is built, dated and checked when it leaves. A moment before its time one
transaction turns it into rows of the queue that are held until the very second, with its copy in Sent: a process that
dies leaves either a draft that is still due, or a letter that leaves by itself; never two. Meanwhile other mail
programs see it in the mailbox "Scheduled"; who deletes it there has taken it back.
"""

from __future__ import annotations

import contextlib
import logging
import time

from mailcore.drafts import mirror, send
from mailcore.drafts import rows as drafts
from mailcore.drafts.errors import AlreadySent, ChangedElsewhere
from mailcore.later import follow_up, rows
from mailcore.later.errors import NoLongerScheduled, TooSoon
from mailcore.later.rows import Kind, State
from mailcore.models import Account, Draft, Entry, Reminder
from mailcore.models.mailbox import SCHEDULED
from mailcore.store import mailboxes, messages, writing
from mailcore.store.errors import MailboxNotFound, MailError, NotFound, TemporaryFailure

log = logging.getLogger(__name__)

LEAD_SECONDS = 2  # how long before its time a letter is handed to the queue
REMOVED = "Another mail program took this message out of Scheduled, so it was not sent."
SUSPENDED = "The account was closed when this message should have been sent."


def schedule(account: Account, draft: Draft, at: int, follow_seconds: int = 0) -> Draft:
    """Have it sent at `at`. Raises what `send.send` raises, and TooSoon; then it is still an open draft."""
    rows.check(at)
    send.allowed(account, draft)
    draft = mirror.mirror(account, draft)
    with writing.account(account.pk):
        current = drafts.of(account.pk, draft.id)
        if current.state != Draft.State.OPEN:
            raise AlreadySent
        if current.revision != draft.revision:
            raise ChangedElsewhere
        current.state = Draft.State.SCHEDULED
        current.updated = int(time.time())
        current.save(update_fields=["state", "updated"])
        _move_mirror(current, mailboxes.special(account.pk, SCHEDULED).id)
        _forget(account.pk, draft.id)
        rows.add(account.pk, Kind.SEND, at - LEAD_SECONDS, draft_id=draft.id, follow_seconds=follow_seconds)
    return drafts.of(account.pk, draft.id)


def when(row: Reminder) -> int:
    """The moment that somebody chose."""
    return row.due + LEAD_SECONDS


def listing(account_id: int) -> list[tuple[Reminder, Draft]]:
    """What waits, the first to leave first; then what could not be sent."""
    found = Reminder.objects.filter(account_id=account_id, kind=Kind.SEND).order_by("-state", "due", "id")
    letters = {
        draft.id: draft
        for draft in Draft.objects.filter(account_id=account_id, id__in=[row.draft_id for row in found])
    }
    shown = (Draft.State.SCHEDULED, Draft.State.OPEN)
    return [
        (row, letters[row.draft_id])
        for row in found
        if row.draft_id in letters and letters[row.draft_id].state in shown
    ]


def of(account_id: int, draft_id: int) -> Reminder:
    """Its row; raises NoLongerScheduled."""
    row = Reminder.objects.filter(account_id=account_id, kind=Kind.SEND, draft_id=draft_id).first()
    if row is None:
        raise NoLongerScheduled
    return row


def reschedule(account: Account, draft_id: int, at: int) -> Reminder:
    """Another time. Raises TooSoon, NoLongerScheduled."""
    rows.check(at)
    with writing.account(account.pk):
        row = of(account.pk, draft_id)
        if drafts.of(account.pk, draft_id).state != Draft.State.SCHEDULED:
            raise NoLongerScheduled
        row.due, row.state, row.problem = at - LEAD_SECONDS, State.WAITING, ""
        rows.save(row, "due", "state", "problem")
    return row


def cancel(account: Account, draft_id: int) -> Draft:
    """Take it back: an open draft again, in Drafts. In the very last moment that is undoing the sending."""
    with writing.account(account.pk):
        draft = drafts.of(account.pk, draft_id)
        if draft.state == Draft.State.SCHEDULED:
            return _reopened(account, draft)
    if draft.state == Draft.State.SENT:
        return send.undo(account, draft)
    _forget(account.pk, draft_id)  # it failed before, and is open already
    return draft


def send_now(account: Account, draft_id: int) -> Draft:
    """Do not wait any longer. Raises NoLongerScheduled, and what sending raises."""
    row = of(account.pk, draft_id)
    if drafts.of(account.pk, draft_id).state != Draft.State.SCHEDULED:
        raise NoLongerScheduled
    return _send(account, row, drafts.of(account.pk, draft_id), int(time.time()))


def release(account_id: int, row_id: int) -> None:
    """Its time has come. Whoever asks, and however often: it is sent once."""
    row = Reminder.objects.filter(account_id=account_id, id=row_id, state=State.WAITING).first()
    account = Account.objects.filter(pk=account_id).first()
    if row is None or account is None or row.due > time.time():
        return
    try:
        draft = drafts.of(account_id, row.draft_id)
    except NotFound:
        rows.remove(account_id, [row.id])
        return
    if draft.state != Draft.State.SCHEDULED:  # sent, and nobody had time to say so
        rows.remove(account_id, [row.id])
        return
    if not account.is_active:
        _give_up(account, row, draft, SUSPENDED)
        return
    if not _is_mirrored(draft):
        _give_up(account, row, draft, REMOVED)
        return
    try:
        _send(account, row, draft, when(row))
    except (AlreadySent, ChangedElsewhere):
        return  # another worker was faster
    except TemporaryFailure:
        raise
    except MailError as problem:
        _give_up(account, row, draft, str(problem))


def forget_gone(account_id: int) -> None:
    """Rows of letters that were sent or thrown away since."""
    for row in Reminder.objects.filter(account_id=account_id, kind=Kind.SEND):
        letter = Draft.objects.filter(account_id=account_id, id=row.draft_id).first()
        if letter is None or letter.state == Draft.State.SENT:
            rows.remove(account_id, [row.id])


def _send(account: Account, row: Reminder, draft: Draft, at: int) -> Draft:
    draft = send.send_scheduled(account, draft, at)
    log.info("scheduled-sent draft=%d late=%d", draft.id, int(time.time()) - at)
    rows.remove(account.pk, [row.id])
    try:
        follow_up.after_send(account, draft, row.follow_seconds)
    except TooSoon:
        log.info("follow-up-over draft=%d", draft.id)
    return draft


def _give_up(account: Account, row: Reminder, draft: Draft, problem: str) -> None:
    """Back to Drafts, and the page "Scheduled" says why."""
    log.warning("scheduled-not-sent draft=%d reason=%r", draft.id, problem[:200])
    with writing.account(account.pk):
        current = drafts.of(account.pk, draft.id)
        if current.state != Draft.State.SCHEDULED:
            return
        _reopened(account, current)
        rows.add(account.pk, Kind.SEND, row.due, draft_id=draft.id, follow_seconds=row.follow_seconds)
        failed = of(account.pk, draft.id)
        failed.state, failed.problem = State.FAILED, problem
        rows.save(failed, "state", "problem")


def _reopened(account: Account, draft: Draft) -> Draft:
    draft.state = Draft.State.OPEN
    draft.save(update_fields=["state"])
    _forget(account.pk, draft.id)
    if draft.mirror_mailbox_id is not None and draft.mirror_uid is not None:
        with contextlib.suppress(MailboxNotFound):
            messages.remove(mailboxes.fresh(account.pk, draft.mirror_mailbox_id), [draft.mirror_uid])
    return mirror.mirror(account, draft)


def _forget(account_id: int, draft_id: int) -> None:
    with writing.account(account_id):
        Reminder.objects.filter(account_id=account_id, kind=Kind.SEND, draft_id=draft_id).delete()


def _move_mirror(draft: Draft, target_id: int) -> None:
    if draft.mirror_mailbox_id is None or draft.mirror_uid is None:
        return
    source = mailboxes.fresh(draft.account_id, draft.mirror_mailbox_id)
    moved = messages.move(source, [draft.mirror_uid], mailboxes.fresh(draft.account_id, target_id))
    if moved.new_uids:
        draft.mirror_mailbox_id, draft.mirror_uid = target_id, moved.new_uids[0]
        draft.save(update_fields=["mirror_mailbox_id", "mirror_uid"])


def _is_mirrored(draft: Draft) -> bool:
    return Entry.objects.filter(
        account_id=draft.account_id,
        mailbox_id=draft.mirror_mailbox_id or 0,
        uid=draft.mirror_uid or 0,
        expunged=False,
    ).exists()
