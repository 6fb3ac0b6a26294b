"""Reminder: what an account wants to happen at a time of its own choosing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mailcore.models.row_id import RowId


class Reminder(models.Model):
    """A conversation that sleeps, an answer that is waited for, or a letter that is to leave later.

    `due` is when somebody acts, in whole seconds since 1970; the clock of the service sleeps until the earliest.
    One that has come back stays for as long as the conversation says so in the list (`surfaced` is its place there).
    """

    class Kind(models.TextChoices):
        SNOOZE = "snooze"  # the conversation lies in \\Snoozed until then
        FOLLOW_UP = "follow_up"  # it comes back unless somebody else has answered
        SEND = "send"  # a draft that is sent then

    class State(models.TextChoices):
        WAITING = "waiting"
        BACK = "back"  # it came back, and that is still shown
        FAILED = "failed"  # a letter that could not be sent; `problem` says why

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    due = models.BigIntegerField()
    created = models.BigIntegerField()
    conversation_id = models.BigIntegerField(default=0)
    mailbox_id = models.BigIntegerField(default=0)  # where it came from, and goes back to
    message_id = models.BigIntegerField(default=0)  # of a follow-up: the Message that waits for an answer
    draft_id = models.BigIntegerField(default=0)
    follow_seconds = models.BigIntegerField(
        default=0
    )  # of a letter: remind, if nobody answers it for so long
    surfaced = models.BigIntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            # The clock's, and asked across accounts: what sleeps costs nothing until it is due.
            models.Index(fields=["due"], condition=Q(state="waiting"), name="reminder_due"),
            models.Index(fields=["account_id", "conversation_id"], name="reminder_conversation"),
            models.Index(
                fields=["account_id", "mailbox_id"], condition=Q(state="back"), name="reminder_back"
            ),
            models.Index(fields=["account_id", "draft_id"], condition=Q(kind="send"), name="reminder_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.conversation_id or self.draft_id} at {self.due}"
