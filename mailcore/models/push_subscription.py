"""PushSubscription: a browser that wants to be told of new mail while no page of ours is open."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mailcore.models.row_id import RowId


class PushSubscription(models.Model):
    """Where its push service takes messages, and the keys that they are encrypted with.

    `announced` is the newest message (of all mailboxes) that it was told of, or that was none to tell of: nothing is
    told twice, wherever it is moved. `due` is when there may be something to tell, 0 for never: set by the delivery, in
    its transaction; pushed away by who tells, for so long as that takes at most; and by a push service that is away.
    """

    id = RowId(primary_key=True)
    account_id = models.BigIntegerField()
    key = models.BigIntegerField()  # hash of the endpoint
    endpoint = models.TextField()
    p256dh = models.BinaryField(max_length=65)  # the browser's public key, an uncompressed point
    auth = models.BinaryField(max_length=16)
    browser = models.CharField(max_length=200, blank=True)  # how its owner recognises it
    language = models.CharField(max_length=16, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    created = models.BigIntegerField()
    used = models.BigIntegerField(
        default=0
    )  # when its service took a message last, or the browser subscribed
    failures = models.IntegerField(default=0)  # in a row
    announced = models.BigIntegerField(default=0)
    due = models.BigIntegerField(default=0)
    session_key = models.CharField(max_length=40, blank=True)  # where somebody is signed in

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "key"], name="push_subscription_key")]
        # The clock's, and asked across accounts.
        indexes = [models.Index(fields=["due"], condition=Q(due__gt=0), name="push_subscription_due")]

    def __str__(self) -> str:
        return f"{self.browser} of account {self.account_id}"
