"""The draft and its files as rows. Every save counts, and names the revision it was typed on."""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.utils.translation import gettext as _

from mailcore.drafts.errors import AlreadySent, ChangedElsewhere, TooManyFiles
from mailcore.message import message_id
from mailcore.models import Account, Draft, DraftFile
from mailcore.store import blobs, messages, writing
from mailcore.store.blobs import Stored
from mailcore.store.errors import MessageTooBig, NotFound
from mailcore.store.mailboxes import fresh

MOST_FILES = 200
LONGEST_TEXT = 2_000_000
LONGEST_FIELD = 100_000
TYPED = (
    "sender", "identity_id", "to", "cc", "bcc", "subject", "is_rich", "text", "html", "has_quote", "wants_receipt",
    "importance",
)  # fmt: skip


def create(account: Account, **values: Any) -> Draft:
    """An empty draft with a Message-ID of its own."""
    with writing.account(account.pk) as write:
        draft = Draft(id=write.new_id(), account_id=account.pk, updated=int(time.time()), **values)
        if not draft.message_id:
            draft.message_id = message_id.mint(secrets.token_bytes(16), account.domain)
        draft.sender = draft.sender or account.address
        draft.save(force_insert=True)
    return draft


def of(account_id: int, draft_id: int) -> Draft:
    """The draft; raises NotFound."""
    draft = Draft.objects.filter(account_id=account_id, id=draft_id).first()
    if draft is None:
        raise NotFound("There is no such draft any more")
    return draft


def mirrored(account_id: int, mailbox_id: int, uid: int) -> Draft | None:
    """The draft whose mirror that entry is."""
    return Draft.objects.filter(account_id=account_id, mirror_mailbox_id=mailbox_id, mirror_uid=uid).first()


def save(draft: Draft, *, based_on: int | None = None, **values: Any) -> Draft:
    """Keep what was typed. `based_on` is the revision that the window knew; None insists."""
    unknown = values.keys() - set(TYPED)
    if unknown:
        raise TypeError(f"nobody types {', '.join(sorted(unknown))}")
    if any(len(str(values.get(name, ""))) > LONGEST_TEXT for name in ("text", "html")) or any(
        len(str(values.get(name, ""))) > LONGEST_FIELD for name in ("to", "cc", "bcc", "subject")
    ):
        raise MessageTooBig("The text is too long for one message")
    with writing.account(draft.account_id):
        current = of(draft.account_id, draft.id)
        if current.state != Draft.State.OPEN:
            raise AlreadySent
        changed = {name: value for name, value in values.items() if getattr(current, name) != value}
        if changed and based_on is not None and based_on != current.revision:
            raise ChangedElsewhere
        for name, value in changed.items():
            setattr(current, name, value)
        if changed:
            current.revision += 1
            current.updated = int(time.time())
            current.save(update_fields=[*changed, "revision", "updated"])
    return current


def discard(draft: Draft) -> None:
    """Throw it away, its files and its mirror."""
    _remove_mirror(draft)
    with writing.account(draft.account_id):
        DraftFile.objects.filter(account_id=draft.account_id, draft_id=draft.id).delete()
        Draft.objects.filter(account_id=draft.account_id, id=draft.id).delete()


def _remove_mirror(draft: Draft) -> None:
    if draft.mirror_mailbox_id is not None and draft.mirror_uid is not None:
        try:
            mailbox = fresh(draft.account_id, draft.mirror_mailbox_id)
        except NotFound:
            return
        messages.remove(mailbox, [draft.mirror_uid])


# --- files ------------------------------------------------------------------------------------------


def files(draft: Draft) -> list[DraftFile]:
    """In the order they came."""
    return list(DraftFile.objects.filter(account_id=draft.account_id, draft_id=draft.id).order_by("id"))


def attach(draft: Draft, stored: Stored, *, name: str, type: str, content_id: str = "") -> DraftFile:
    """Add a file whose octets are safe. It makes the text no newer: files come up while somebody types, several at
    once, and a revision of theirs would look like another window's.
    """
    with writing.account(draft.account_id) as write:
        present = of(draft.account_id, draft.id)
        if present.state != Draft.State.OPEN:
            raise AlreadySent
        if DraftFile.objects.filter(account_id=draft.account_id, draft_id=draft.id).count() >= MOST_FILES:
            raise TooManyFiles(_("A message has at most %(count)d files") % {"count": MOST_FILES})
        blobs.record([stored], int(time.time()))
        file = DraftFile(id=write.new_id(), account_id=draft.account_id, draft_id=draft.id)
        file.digest, file.size, file.name, file.type = stored.digest, stored.size, name[:255], type[:255]
        file.content_id = content_id
        file.save(force_insert=True)
    return file


def file_of(draft: Draft, file_id: int) -> DraftFile:
    """One of them; raises NotFound."""
    file = DraftFile.objects.filter(account_id=draft.account_id, draft_id=draft.id, id=file_id).first()
    if file is None:
        raise NotFound("There is no such file")
    return file


def detach(draft: Draft, file_id: int) -> None:
    """Take a file away; gone already is fine."""
    with writing.account(draft.account_id):
        DraftFile.objects.filter(account_id=draft.account_id, draft_id=draft.id, id=file_id).delete()
