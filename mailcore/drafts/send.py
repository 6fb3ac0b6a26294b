"""Send a draft exactly once, and take it back while it is held.

With undo, one transaction takes it from OPEN to SENT: a process that dies leaves either a draft or a message. Without,
OPEN → SENDING comes first, so that a second click finds the draft gone; a process that dies in between leaves SENDING,
and `settle` looks for the copy in Sent and knows how far it came.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from mailcore.drafts import build, mirror, rows
from mailcore.drafts.errors import (
    AddressesWrong,
    AlreadySent,
    ChangedElsewhere,
    NobodyToSendTo,
    SenderNotYours,
)
from mailcore.identity import addresses as directory
from mailcore.identity import delegations
from mailcore.identity.errors import AddressInvalid
from mailcore.message import addresses
from mailcore.models import Account, Draft, DraftFile, Entry, Message
from mailcore.models.entry import ANSWERED
from mailcore.models.mailbox import ARCHIVE, INBOX, SENT
from mailcore.outbound import submit
from mailcore.outbound.submit import Submitted
from mailcore.people import completion
from mailcore.store import flags, mailboxes, messages, writing
from mailcore.store.blobs import Stored, Upload
from mailcore.store.errors import MailError, NotFound, NotPermitted

FORWARDED = frozenset({"$Forwarded"})
STUCK_SECONDS = 120
KEEP_SENT_SECONDS = 3_600
KEEP_BLANK_SECONDS = 86_400


def send(account: Account, draft: Draft, *, undo_seconds: int | None = None) -> Draft:
    """Hand it to the queue, file the copy in Sent, mark what was answered. After a MailError it is still a draft."""
    people = allowed(account, draft)
    hold = settings.MAIL_UNDO_SECONDS if undo_seconds is None else undo_seconds
    return _concluded(account, (_hold if hold else _let_go)(account, draft, people, hold), people)


def send_scheduled(account: Account, draft: Draft, at: int) -> Draft:
    """The same for one that waited for its time: in the queue a moment before, it leaves at `at` exactly."""
    people = allowed(account, draft)
    return _concluded(account, _hold(account, draft, people, 1, Draft.State.SCHEDULED, at), people)


def allowed(account: Account, draft: Draft) -> list[addresses.Mailbox]:
    """Everyone it goes to; a MailError if it cannot be sent as it is."""
    people = recipients(draft)
    if not directory.may_send_as(account, draft.sender):
        raise SenderNotYours
    if draft.sent_by and not delegations.may_send(draft.sent_by, account.pk):
        raise NotPermitted(_("You may read this mailbox, but not write in its name"))
    return people


def sent_by(draft: Draft, colleague: Account | None) -> Draft:
    """Note who sends it on behalf of its account; None: whoever the account belongs to."""
    number = colleague.pk if colleague else None
    if draft.sent_by != number:
        with writing.account(draft.account_id):
            Draft.objects.filter(account_id=draft.account_id, id=draft.id).update(sent_by=number)
        draft.sent_by = number
    return draft


def _concluded(account: Account, draft: Draft, people: list[addresses.Mailbox]) -> Draft:
    _mark_source(draft)
    completion.remember(account.pk, [(person.address, person.name) for person in people])
    return draft


def _hold(
    account: Account,
    draft: Draft,
    people: list[addresses.Mailbox],
    seconds: int,
    was: str = Draft.State.OPEN,
    at: int = 0,
) -> Draft:
    """What is held concerns nobody but its author: queue, Sent, Drafts and the draft's state change as one."""
    files = rows.files(draft)
    with build.upload(account, draft, files) as octets:
        stored, until = octets.finish(), max(at, int(time.time()) + seconds)
        with writing.account(account.pk):
            current = rows.of(account.pk, draft.id)
            if current.state != was:
                raise AlreadySent
            if current.revision != draft.revision or rows.files(current) != files:
                raise ChangedElsewhere
            return _settled(account, current, _submit(account, current, people, octets, stored, until))


def _let_go(account: Account, draft: Draft, people: list[addresses.Mailbox], _: int) -> Draft:
    """What goes at once locks its recipients too, in an order that `submit` knows: so it is claimed before, and
    settled after.
    """
    draft = _claim(draft)
    try:
        with build.upload(account, draft, rows.files(draft)) as octets:
            submitted = _submit(account, draft, people, octets, octets.finish(), 0)
    except BaseException:
        _turn(draft, Draft.State.SENDING, Draft.State.OPEN)
        raise
    return _settled(account, draft, submitted)


def _submit(
    account: Account,
    draft: Draft,
    people: list[addresses.Mailbox],
    octets: Upload,
    stored: Stored,
    hold_until: int,
) -> Submitted:
    return submit.submit(
        account.pk,
        draft.sender,
        [person.address for person in people],
        stored,
        buffer=octets.buffer(),
        save_sent=True,
        sent_prefix=_bcc_field(draft),
        hold_until=hold_until,
    )


def _settled(account: Account, draft: Draft, submitted: Submitted) -> Draft:
    """Write down that it went, and take it out of Drafts."""
    with writing.account(account.pk):
        draft = rows.of(account.pk, draft.id)
        draft.state, draft.outbound_id = Draft.State.SENT, submitted.outbound_id
        if submitted.sent is not None:
            draft.sent_mailbox_id, draft.sent_uid = submitted.sent.mailbox_id, submitted.sent.uid
        draft.save(update_fields=["state", "outbound_id", "sent_mailbox_id", "sent_uid"])
        _unmirror(draft)
    return draft


def recipients(draft: Draft) -> list[addresses.Mailbox]:
    """Everyone in To, Cc and Bcc once. Raises NobodyToSendTo or AddressesWrong with all that are wrong."""
    found: dict[str, addresses.Mailbox] = {}
    wrong: list[str] = []
    for field in (draft.to, draft.cc, draft.bcc):
        for person in addresses.mailboxes(addresses.parse(field)):
            try:
                name = directory.canonical(person.address)
            except AddressInvalid:
                wrong.append(person.address or person.name or str(person))
                continue
            if any(target.kind is directory.Kind.UNKNOWN for target in directory.resolve(name)):
                wrong.append(person.address)
            found.setdefault(name, person)
    if wrong:
        raise AddressesWrong(list(dict.fromkeys(wrong)))
    if not found:
        raise NobodyToSendTo
    return list(found.values())


def archive_source(draft: Draft) -> None:
    """ "Send and archive": the conversation that was answered leaves the inbox."""
    source = Message.objects.filter(account_id=draft.account_id, id=draft.source_id or 0).first()
    if source is None:
        return
    inbox = mailboxes.named(draft.account_id, INBOX)
    rows_there = Entry.objects.filter(
        account_id=draft.account_id,
        mailbox_id=inbox.id,
        conversation_id=source.conversation_id,
        expunged=False,
    )
    uids = list(rows_there.values_list("uid", flat=True))
    if uids:
        messages.move(inbox, uids, mailboxes.special(draft.account_id, ARCHIVE))


def undo(account: Account, draft: Draft) -> Draft:
    """Take it back: an open draft again, with everything in it. Raises AlreadySent when it has left."""
    if draft.state != Draft.State.SENT or draft.outbound_id is None:
        raise AlreadySent
    if not submit.recall(account.pk, draft.outbound_id):
        raise AlreadySent
    if draft.sent_mailbox_id is not None and draft.sent_uid is not None:
        messages.remove(mailboxes.fresh(account.pk, draft.sent_mailbox_id), [draft.sent_uid])
    with writing.account(account.pk):
        draft = rows.of(account.pk, draft.id)
        draft.state, draft.outbound_id, draft.sent_uid = Draft.State.OPEN, None, None
        draft.save(update_fields=["state", "outbound_id", "sent_uid"])
    return mirror.mirror(account, draft)


def settle(account: Account, draft: Draft) -> Draft:
    """A draft whose sender died in the middle: sent if its copy is in Sent, else open again."""
    if draft.state != Draft.State.SENDING or time.time() - draft.updated < STUCK_SECONDS:
        return draft
    sent = mailboxes.special(account.pk, SENT)
    copies = Message.objects.filter(account_id=account.pk, message_id=draft.message_id).values("id")
    went = Entry.objects.filter(
        account_id=account.pk, mailbox_id=sent.id, expunged=False, message_id__in=copies
    )
    _turn(draft, Draft.State.SENDING, Draft.State.SENT if went.exists() else Draft.State.OPEN)
    return rows.of(account.pk, draft.id)


def forget_old(account_id: int) -> None:
    """Drafts whose sending cannot be undone any more, and letters that were opened and never written."""
    now = int(time.time())
    sent = Q(state=Draft.State.SENT, updated__lt=now - KEEP_SENT_SECONDS)
    blank = Q(state=Draft.State.OPEN, revision=0, mirror_uid=None, updated__lt=now - KEEP_BLANK_SECONDS)
    ids = list(Draft.objects.filter(sent | blank, account_id=account_id).values_list("id", flat=True)[:100])
    if ids:
        with writing.account(account_id):
            DraftFile.objects.filter(account_id=account_id, draft_id__in=ids).delete()
            Draft.objects.filter(account_id=account_id, id__in=ids).delete()


def _claim(draft: Draft) -> Draft:
    if not _turn(draft, Draft.State.OPEN, Draft.State.SENDING):
        raise AlreadySent
    return rows.of(draft.account_id, draft.id)


def _turn(draft: Draft, old: str, new: str) -> bool:
    """The state, if it is `old`, becomes `new`."""
    with writing.account(draft.account_id):
        found = Draft.objects.filter(account_id=draft.account_id, id=draft.id, state=old)
        return found.update(state=new, updated=int(time.time())) == 1


def _bcc_field(draft: Draft) -> bytes:
    """For the sender's own copy alone."""
    if not draft.bcc.strip():
        return b""
    people = [person.address for person in addresses.mailboxes(addresses.parse(draft.bcc))]
    return ("Bcc: " + ",\r\n ".join(people) + "\r\n").encode()


def _unmirror(draft: Draft) -> None:
    if draft.mirror_mailbox_id is None or draft.mirror_uid is None:
        return
    try:
        mailbox = mailboxes.fresh(draft.account_id, draft.mirror_mailbox_id)
    except NotFound:
        return
    messages.remove(mailbox, [draft.mirror_uid])
    with writing.account(draft.account_id):
        Draft.objects.filter(account_id=draft.account_id, id=draft.id).update(mirror_uid=None)


def _mark_source(draft: Draft) -> None:
    """\\Answered or $Forwarded on the original, wherever it is; it may be gone by now."""
    if draft.source_id is None:
        return
    places = Entry.objects.filter(account_id=draft.account_id, message_id=draft.source_id, expunged=False)
    for mailbox_id, uid in places.values_list("mailbox_id", "uid"):
        try:
            mailbox = mailboxes.fresh(draft.account_id, mailbox_id)
            if draft.kind == Draft.Kind.FORWARD:
                flags.add(mailbox, [uid], 0, FORWARDED)
            else:
                flags.add(mailbox, [uid], ANSWERED, frozenset())
        except MailError:
            continue
