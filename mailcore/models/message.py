"""Message: what arrived. Immutable, but for the conversation it belongs to."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Message(models.Model):
    """One message of one account: where its octets are, and everything people sort, search and list by.

    The octets are `prefix` (trace fields we added) followed by the blob `digest`; `size` counts both. `envelope`
    and `body_structure` are IMAP text, rendered at delivery; `parts` is the MIME tree with offsets into the blob
    (`message.part.load`). The columns are those of `message.summary.Summary`; narrow ones stand first, because
    SQLite reads a row from its beginning.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    conversation_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    size = models.BigIntegerField()
    header_size = models.IntegerField()  # of the blob's own header, without `prefix`
    internaldate = models.BigIntegerField()  # seconds since 1970
    sent = models.BigIntegerField()  # the Date field, seconds since 1970
    has_attachments = models.BooleanField()
    is_reply = models.BooleanField()
    is_list = models.BooleanField()
    auto_submitted = models.BooleanField()
    base_subject = models.CharField(max_length=255)
    sort_from = models.CharField(max_length=255)
    sort_to = models.CharField(max_length=255)
    sort_cc = models.CharField(max_length=255)
    message_id = models.CharField(max_length=998)
    subject = models.TextField()
    sender = models.TextField()
    to = models.TextField(db_column="recipients_to")
    cc = models.TextField(db_column="recipients_cc")
    bcc = models.TextField(db_column="recipients_bcc")
    reply_to = models.TextField()
    preview = models.TextField()
    references = models.TextField(db_column="reference_ids")  # separated by spaces, oldest first
    envelope = models.BinaryField()
    body_structure = models.BinaryField()
    parts = models.BinaryField()
    prefix = models.BinaryField(default=b"")

    class Meta:
        indexes = [
            # For the blob collector alone: the one question that is asked across accounts.
            models.Index(fields=["digest"], name="message_digest"),
            # For the day that two conversations turn out to be one.
            models.Index(fields=["conversation_id"], name="message_conversation"),
        ]

    def __str__(self) -> str:
        return self.subject
