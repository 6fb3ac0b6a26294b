"""Draft: what somebody is writing in the browser. DraftFile: what they attached to it."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class Draft(models.Model):
    """The text as it was typed last, under an id that stays the same until it is sent or thrown away.

    It is mirrored to the mailbox \\Drafts for other clients (`mirror_mailbox_id`, `mirror_uid`). `revision` counts
    the saves, so that a second window notices. A sent draft stays for as long as the sending can be undone.
    """

    class State(models.TextChoices):
        OPEN = "open"
        SCHEDULED = "scheduled"  # waits for its time; nobody types in it meanwhile
        SENDING = "sending"
        SENT = "sent"

    class Kind(models.TextChoices):
        NEW = "new"
        REPLY = "reply"
        FORWARD = "forward"

    class Importance(models.TextChoices):
        """RFC 2156 §5.3.4, as everybody shows it."""

        NORMAL = ""
        HIGH = "high"
        LOW = "low"

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.NEW)
    revision = models.IntegerField(default=0)
    updated = models.BigIntegerField(default=0)  # seconds since 1970
    source_id = models.BigIntegerField(null=True)  # the Message that is answered or forwarded
    message_id = models.CharField(max_length=998)  # its Message-ID, the same however often it is saved
    references = models.TextField(blank=True, db_column="reference_ids")  # separated by spaces, oldest first
    sender = models.CharField(max_length=254, blank=True)
    identity_id = models.BigIntegerField(null=True)  # whose name and Reply-To go with the sender
    to = models.TextField(blank=True, db_column="recipients_to")
    cc = models.TextField(blank=True, db_column="recipients_cc")
    bcc = models.TextField(blank=True, db_column="recipients_bcc")
    subject = models.TextField(blank=True)
    is_rich = models.BooleanField(default=False)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)  # of a rich one, sanitised
    quote_intro = models.TextField(blank=True)  # "On Monday, Ann wrote:"
    quote_text = models.TextField(blank=True)
    quote_html = models.TextField(blank=True)  # sanitised
    has_quote = models.BooleanField(default=False)  # whether the original goes along
    wants_receipt = models.BooleanField(default=False)  # Disposition-Notification-To: RFC 8098 §2.1
    sent_by = models.BigIntegerField(null=True)  # the account that sends it on behalf of this one
    importance = models.CharField(max_length=6, choices=Importance.choices, blank=True, default="")
    mirror_mailbox_id = models.BigIntegerField(null=True)
    mirror_uid = models.BigIntegerField(null=True)
    outbound_id = models.BigIntegerField(null=True)  # what is held while sending can be undone
    sent_mailbox_id = models.BigIntegerField(null=True)
    sent_uid = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "mirror_mailbox_id", "mirror_uid"], name="draft_mirror")
        ]

    def __str__(self) -> str:
        return self.subject


class DraftFile(models.Model):
    """A file of a draft: its octets are a blob. With a `content_id` it is shown within the text."""

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    draft_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    size = models.BigIntegerField()
    name = models.CharField(max_length=255, blank=True)
    type = models.CharField(max_length=255)
    content_id = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "draft_id"], name="draft_file"),
            models.Index(fields=["digest"], name="draft_file_digest"),
        ]

    def __str__(self) -> str:
        return self.name
