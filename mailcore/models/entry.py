"""Entry: a message in a mailbox, under a UID, with its flags."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact, LessThan

from mailcore.models.row_id import RowId

SEEN, ANSWERED, FLAGGED, DELETED, DRAFT = 1, 2, 4, 8, 16

FLAG_NAMES = {  # bit → RFC 9051 §2.3.2
    SEEN: "\\Seen",
    ANSWERED: "\\Answered",
    FLAGGED: "\\Flagged",
    DELETED: "\\Deleted",
    DRAFT: "\\Draft",
}

# A B-tree key has a bound on PostgreSQL, what a client may pile upon one message has none.
KEYWORDED = Q(expunged=False) & ~Q(keywords="") & Q(LessThan(Length("keywords"), 1000))


class Entry(models.Model):
    """(mailbox, uid) → message, flags, keywords, modseq. Expunged, it stays as a tombstone for a while.

    `keywords` is one text: words separated by a space, sorted, '' for none. `size`, `received` (the INTERNALDATE)
    and `conversation_id` repeat the message's, so that lists need no join. A tombstone keeps uid and the modseq
    of its end; what a session believed as of modseq M is `not expunged or modseq > M`.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    mailbox_id = models.BigIntegerField()
    uid = models.BigIntegerField()
    message_id = models.BigIntegerField()
    conversation_id = models.BigIntegerField()
    received = models.BigIntegerField()
    size = models.BigIntegerField()
    flags = models.IntegerField(default=0)
    modseq = models.BigIntegerField()
    created_modseq = models.BigIntegerField()
    saved = models.BigIntegerField()  # RFC 8514, seconds since 1970
    expunged = models.BooleanField(default=False)
    keywords = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox_id", "uid"], name="entry_uid")]
        indexes = [
            models.Index(fields=["mailbox_id", "modseq"], name="entry_modseq"),
            models.Index(
                fields=["mailbox_id", "received", "id", "conversation_id"],
                condition=Q(expunged=False),
                name="entry_list",
            ),
            models.Index(
                fields=["conversation_id", "mailbox_id", "received"],
                condition=Q(expunged=False),
                name="entry_conversation",
            ),
            models.Index(fields=["message_id"], name="entry_message"),
            # Labels: the distinct texts of keywords are few, and each of them is a list in order of time.
            models.Index(
                fields=["account_id", "keywords", "received", "id", "mailbox_id", "conversation_id"],
                condition=KEYWORDED,
                name="entry_keywords",
            ),
            models.Index(
                fields=["account_id", "keywords", "mailbox_id"],
                condition=KEYWORDED & Q(Exact(F("flags").bitand(SEEN), 0)),
                name="entry_keywords_unseen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mailbox_id}/{self.uid}"
