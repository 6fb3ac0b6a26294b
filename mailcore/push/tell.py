"""Tell browsers: each row that is due is claimed, sealed, sent, and put right.

A row is claimed by pushing its `due` away for as long as telling takes at most: two workers never tell the same, and
one that died is followed by the next. What the browser gets twice replaces itself (its tag). A push service that is
away, or has enough of us, is asked again later, ever more rarely; one that does not know the browser any more
(RFC 8030 §7.3) ends the subscription.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import connection

from mailcore import doorbell, outside
from mailcore.identity import preferences, sign_ins
from mailcore.models import Account, PushSubscription
from mailcore.outside import Answer, Refused
from mailcore.push import keys, news, subscriptions
from mailcore.push.wire import sealing, vapid
from mailcore.store import writing

log = logging.getLogger(__name__)

TELL = "push.tell"
PLAN = "later.plan"
CLAIM_SECONDS = 30
PAUSE_SECONDS = 5  # between two messages to one browser: what comes meanwhile is told together
KEPT_SECONDS = 86_400  # TTL (RFC 8030 §5.2): a telephone that was off until then has other worries
TRIAL_KEPT_SECONDS = 60
TOPIC = "mail"  # RFC 8030 §5.4: of several that wait for a telephone the last one counts
BACKOFF_SECONDS = (30, 60, 300, 900, 3_600)  # the last one repeats
LONGEST_WAIT = 86_400
MOST_FAILURES = 48  # in a row: about two days
GONE = (404, 410)

Post = Callable[[str, bytes, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Wish:
    """How a push service is to treat a message."""

    kept_seconds: int = KEPT_SECONDS
    topic: str = TOPIC
    urgency: str = "normal"  # RFC 8030 §5.3


def run(account_id: int, post: Post = outside.post, now: Callable[[], float] = time.time) -> int:
    """Tell whoever of this account is due; how many messages were taken."""
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    taken = 0
    for row in PushSubscription.objects.filter(account_id=account_id, due__gt=0, due__lte=int(now())):
        if account is None or not sign_ins.stands(account, row.session_key):
            subscriptions.forget(account_id, row.id)
        elif row.used + PAUSE_SECONDS > now() and row.failures == 0:
            _put_off(row, row.used + PAUSE_SECONDS)
        elif _claim(row, now()):
            taken += _tell(account, row, post, now)
    return taken


def test(account: Account, row: PushSubscription, post: Post = outside.post) -> bool:
    """Send a message now, to see whether it works; whether the push service took it."""
    wish = Wish(TRIAL_KEPT_SECONDS, "", "high")
    return _send(row, news.trial(account, row), wish, post, time.time()) == 0


def next_after(now: int) -> int | None:
    """When the next row becomes due that is not due yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(d.due) FROM mailcore_pushsubscription d WHERE d.due > 0 AND d.due > %s", [now]
        )
        row = cursor.fetchone()
    return row[0] if row else None


def due_accounts(since: int, now: int, limit: int = 500) -> list[int]:
    """Whose rows became due after `since`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT d.account_id FROM mailcore_pushsubscription d"
            " WHERE d.due > 0 AND d.due > %s AND d.due <= %s LIMIT %s",
            [since, now, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def ring_all() -> None:
    """For every bell that was lost."""
    for account_id in due_accounts(0, int(time.time())):
        doorbell.ring(TELL, account_id)


def _tell(account: Account, row: PushSubscription, post: Post, now: Callable[[], float]) -> int:
    letters, newest = news.since(account, row.announced, now())
    if news.is_quiet(preferences.of(account), row.time_zone, now()):
        letters = []
    if not letters:
        _done(row, newest, used=row.used, failures=row.failures)
        return 0
    wait = _send(row, news.told(account, row, letters), Wish(), post, now())
    if wait == 0:
        _done(row, newest, used=int(now()))
        return 1
    if wait < 0 or row.failures + 1 >= MOST_FAILURES:
        log.info("push-subscription-gone subscription=%d failures=%d", row.id, row.failures)
        subscriptions.forget(account.pk, row.id)
        return 0
    _put_off(row, int(now()) + wait, failures=row.failures + 1)
    return 0


def _send(row: PushSubscription, text: bytes, wish: Wish, post: Post, now: float) -> int:
    """0 if it was taken, -1 if there is nobody any more, otherwise how many seconds to wait."""
    parts = urlsplit(row.endpoint)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(wish.kept_seconds),
        "Urgency": wish.urgency,
        "Authorization": vapid.authorization(
            keys.private(), f"{parts.scheme}://{parts.netloc}", keys.subject(), int(now)
        ),
    } | ({"Topic": wish.topic} if wish.topic else {})
    pause = BACKOFF_SECONDS[min(row.failures, len(BACKOFF_SECONDS) - 1)]
    try:
        answer = post(row.endpoint, sealing.seal(text, bytes(row.p256dh), bytes(row.auth)), headers)
    except Refused as reason:
        log.info("push-refused subscription=%d reason=%r", row.id, str(reason)[:200])
        return pause
    log.info("push-sent subscription=%d status=%d", row.id, answer.status)
    if 200 <= answer.status < 300:
        return 0
    if answer.status in GONE:
        return -1
    asked = answer.headers.get("retry-after", "")
    return min(max(pause, int(asked) if asked.isdecimal() and len(asked) < 9 else 0), LONGEST_WAIT)


def _claim(row: PushSubscription, now: float) -> bool:
    """Push its time away, unless somebody else has."""
    with writing.account(row.account_id):
        mine = PushSubscription.objects.filter(account_id=row.account_id, id=row.id, due=row.due)
        claimed = mine.update(due=int(now) + CLAIM_SECONDS) == 1
    row.due = int(now) + CLAIM_SECONDS
    return claimed


def _done(row: PushSubscription, announced: int, used: int, failures: int = 0) -> None:
    """Nothing more to tell; what came while we told is due after a pause."""
    with writing.account(row.account_id):
        is_more = subscriptions.newest(row.account_id) > announced
        PushSubscription.objects.filter(account_id=row.account_id, id=row.id).update(
            announced=announced, used=used, failures=failures, due=used + PAUSE_SECONDS if is_more else 0
        )
    if is_more:
        doorbell.ring(PLAN)


def _put_off(row: PushSubscription, due: int, failures: int | None = None) -> None:
    with writing.account(row.account_id):
        changed = {"due": due} | ({} if failures is None else {"failures": failures})
        PushSubscription.objects.filter(account_id=row.account_id, id=row.id).update(**changed)
    doorbell.ring(PLAN)
