"""After a loss of power: no number that somebody may have been shown is given out again.

On SQLite a row can be read some milliseconds before it is durable (see wal.py). Who was shown a UID, a modseq or an id
at that moment remembers it; the row is gone, and the number must not come back meaning something else
(RFC 9051 §2.3.1.1: UIDs are strictly ascending and never reused). So the first start after a boot that ended
without ours skips some.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.models import F

from mailcore.models import AccountState, Mailbox
from mailcore.store import writing

SKIPPED = 10_000  # more than can be written between two flushes
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def begin() -> bool:
    """We run from now on, under this boot of the machine; whether the last run was cut off by another boot's end."""
    boot, noted = _boot(), _note()
    was_cut = noted.exists() and (not boot or noted.read_text().strip() != boot)
    if was_cut:
        skip()
    noted.write_text(boot + "\n")
    return was_cut


def end() -> None:
    """Everything is written and closed."""
    _note().unlink(missing_ok=True)


def skip() -> None:
    """Leave out some UIDs, modseqs and ids of every account."""
    with writing.exclusive():
        AccountState.objects.update(modseq=F("modseq") + SKIPPED, last_id=F("last_id") + SKIPPED)
        Mailbox.objects.update(uidnext=F("uidnext") + SKIPPED)


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:  # not Linux: every start after a crash skips, which costs nothing but numbers
        return ""


def _note() -> Path:
    path: Path = settings.MAIL_DATA_DIR / "run" / "boot"
    return path
