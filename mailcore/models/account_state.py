"""AccountState: the counters of one account, and the lock that makes its writers take turns."""

from __future__ import annotations

from django.db import models

from mailcore.models.row_id import RowId


class AccountState(models.Model):
    """One row an account. Whoever writes mail of the account locks this row first.

    `modseq` stamps every change (RFC 7162), taken once a transaction; `last_id` is the `n` of the account's
    newest row; `used_bytes` counts live entries; `last_uidvalidity` only grows, so none is ever used twice.
    """

    account_id = RowId(primary_key=True)
    modseq = models.BigIntegerField(default=1)
    last_id = models.BigIntegerField(default=0)
    last_uidvalidity = models.BigIntegerField(default=0)
    used_bytes = models.BigIntegerField(default=0)
    quota_bytes = models.BigIntegerField(default=0)  # 0: no limit; a copy of Account.quota_bytes
    # Read with the lock anyway, so that a delivery to whoever has none of these costs nothing more.
    has_sleepers = models.BooleanField(default=False)  # conversations that new mail wakes
    has_push = models.BooleanField(default=False)  # browsers that want to be told of new mail

    def __str__(self) -> str:
        return f"account {self.account_id} at {self.modseq}"
