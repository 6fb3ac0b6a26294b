"""Browsers that are told: rows, each for one browser in which somebody is signed in.

A subscription belongs to the session that made it: where somebody was signed out, from here or from afar, by time or
by a new password, nothing is told any more.
"""

from __future__ import annotations

import time
from hashlib import sha256
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from mailcore.models import AccountState, Message, PushSubscription
from mailcore.push.errors import SubscriptionRefused
from mailcore.push.wire import sealing, vapid
from mailcore.store import writing

MOST = 20  # of one account; the one that was heard of longest ago goes
LONGEST_ENDPOINT = 1_000


def subscribe(
    account_id: int,
    session_key: str,
    endpoint: str,
    p256dh: str,
    auth: str,
    *,
    browser: str = "",
    language: str = "",
    time_zone: str = "",
) -> PushSubscription:
    """Tell that browser from now on; the same browser once more is brought up to date. SubscriptionRefused."""
    keys = _checked(endpoint, p256dh, auth)
    now = int(time.time())
    with writing.account(account_id) as write:
        row = of(account_id, endpoint)
        if row is None:
            row = PushSubscription(
                id=write.new_id(), account_id=account_id, key=_key(endpoint), endpoint=endpoint, created=now
            )
            row.announced = newest(account_id)
        (row.p256dh, row.auth), row.session_key = keys, session_key
        row.browser, row.language, row.time_zone = browser[:200], language[:16], time_zone[:64]
        row.used, row.failures = now, 0
        row.save()
        over = PushSubscription.objects.filter(account_id=account_id).order_by("-used", "-id")[MOST:]
        PushSubscription.objects.filter(account_id=account_id, id__in=[one.id for one in over]).delete()
        _count(account_id)
    return row


def renew(
    account_id: int, session_key: str, endpoint: str, *, language: str = "", time_zone: str = ""
) -> bool:
    """The browser is here again, perhaps with a new session; whether it is one that is told."""
    with writing.account(account_id):
        row = of(account_id, endpoint)
        if row is None:
            return False
        row.session_key = session_key
        row.language, row.time_zone = language[:16] or row.language, time_zone[:64] or row.time_zone
        row.save(update_fields=["session_key", "language", "time_zone"])
    return True


def moved(account_id: int, before: str, after: str) -> None:
    """A session goes on under another key."""
    with writing.account(account_id):
        PushSubscription.objects.filter(account_id=account_id, session_key=before).update(session_key=after)


def of(account_id: int, endpoint: str) -> PushSubscription | None:
    """The subscription of that browser."""
    found = PushSubscription.objects.filter(account_id=account_id, key=_key(endpoint))
    return next((row for row in found if row.endpoint == endpoint), None)


def listing(account_id: int) -> list[PushSubscription]:
    """All of an account, the newest first."""
    return list(PushSubscription.objects.filter(account_id=account_id).order_by("-created", "-id"))


def forget(account_id: int, subscription_id: int) -> bool:
    """Tell that browser no more; whether it was told before."""
    with writing.account(account_id):
        gone, _rows = PushSubscription.objects.filter(account_id=account_id, id=subscription_id).delete()
        _count(account_id)
    return bool(gone)


def forget_session(account_id: int, session_key: str) -> None:
    """Somebody signed out there."""
    rows = PushSubscription.objects.filter(account_id=account_id, session_key=session_key)
    if rows.exists():
        with writing.account(account_id):
            rows.delete()
            _count(account_id)


def newest(account_id: int) -> int:
    """The message that arrived last: everything after it is news."""
    return (
        Message.objects.filter(account_id=account_id).order_by("-id").values_list("id", flat=True).first()
        or 0
    )


def _count(account_id: int) -> None:
    """Note with the account whether a delivery has anybody to mark."""
    told = PushSubscription.objects.filter(account_id=account_id).exists()
    AccountState.objects.filter(account_id=account_id).update(has_push=told)


def _checked(endpoint: str, p256dh: str, auth: str) -> tuple[bytes, bytes]:
    """The keys as octets. Where the address really leads is looked at with every message (`mailcore.outside`)."""
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme == "https" and parts.hostname and not parts.username and parts.port in (None, 443)
    except ValueError:
        good = False
    if not good or len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable():
        raise SubscriptionRefused(_("That is not the address of a push service."))
    try:
        keys = vapid.octets_of(p256dh), vapid.octets_of(auth)
        sealing.point(keys[0])
    except (ValueError, sealing.NotForUs) as problem:
        raise SubscriptionRefused(_("Those are not the keys of a browser.")) from problem
    if len(keys[1]) != sealing.AUTH_BYTES:
        raise SubscriptionRefused(_("Those are not the keys of a browser."))
    return keys


def _key(endpoint: str) -> int:
    return int.from_bytes(sha256(endpoint.encode()).digest()[:8], "big", signed=True)
