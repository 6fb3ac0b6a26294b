"""Where somebody is signed in with a browser: noted, shown, ended from afar."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from mailcore.identity import watching
from mailcore.models import Account, SignIn
from mailcore.store import writing

SEEN_SECONDS = 3_600  # how exact "last seen" is
MOST_REMEMBERED = 10_000
LONGEST_BROWSER, LONGEST_PEER = 300, 45

_lock = threading.Lock()
_seen: dict[str, float] = {}  # session → when this process noted it last


def seen(account: Account, session_key: str, browser: str, peer: str) -> None:
    """Somebody looked at a page. Costs nothing but once an hour for each session."""
    now = time.monotonic()
    with _lock:
        if now - _seen.get(session_key, -SEEN_SECONDS) < SEEN_SECONDS:
            return
        if len(_seen) >= MOST_REMEMBERED:
            _seen.clear()
        _seen[session_key] = now
    values = {
        "account": account,
        "browser": browser[:LONGEST_BROWSER],
        "peer": peer[:LONGEST_PEER],
        "last_seen": timezone.now(),
    }
    over = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE + 30 * 86_400)
    with writing.exclusive():
        _row, is_new = SignIn.objects.update_or_create(
            session_key=session_key, account=account, defaults=values
        )
        if is_new:
            SignIn.objects.filter(account=account, last_seen__lt=over).delete()


def listing(account: Account) -> list[SignIn]:
    """Where one is signed in, the latest first; sessions that ended by themselves are not."""
    rows = list(SignIn.objects.filter(account=account).order_by("-last_seen"))
    store = _store()
    return [row for row in rows if store(row.session_key).exists(row.session_key)]


def stands(account: Account, session_key: str) -> bool:
    """Whether that session is still one of this person's, with the password of today."""
    if not session_key:
        return False
    kept = _store()(session_key).load()
    if kept.get(SESSION_KEY) != str(account.pk):
        return False
    return constant_time_compare(kept.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash())


def end(account: Account, sign_in_id: int) -> bool:
    """Sign out there; whether there was one."""
    row = SignIn.objects.filter(account=account, pk=sign_in_id).first()
    if row is None:
        return False
    _end([row])
    return True


def end_others(account: Account, session_key: str) -> int:
    """Sign out everywhere but here; how many there were."""
    rows = list(SignIn.objects.filter(account=account).exclude(session_key=session_key))
    _end(rows)
    return len(rows)


def forget(session_key: str, account: Account) -> None:
    """That session is over, or has another key now."""
    with writing.exclusive():
        SignIn.objects.filter(account=account, session_key=session_key).delete()


def _end(rows: list[SignIn]) -> None:
    store = _store()
    for row in rows:
        with writing.exclusive():
            store().delete(row.session_key)
            SignIn.objects.filter(account_id=row.account_id, pk=row.pk).delete()
    for account_id in {row.account_id for row in rows}:
        watching.look_again(account_id)  # open event streams look at once whether they may stay


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
