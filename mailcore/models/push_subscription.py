"""PushSubscription: a browser that wants to be told of new mail while no page of ours is open."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class PushSubscription(models.Model):
    """Where its push service takes messages, and the keys that they are encrypted with.

    `announced_uid` is the newest of the inbox that it has been told of: moved forward before the telling, so that
    two workers never tell the same.
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
    used = models.BigIntegerField(default=0)  # when its service took a message last
    failures = models.IntegerField(default=0)  # in a row
    announced_uid = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "key"], name="push_subscription_key")]

    def __str__(self) -> str:
        return f"{self.browser} of account {self.account_id}"
