"""The file of a transfer, on the disk of the data folder, from its first piece until its messages are in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings

from mailcore.models import Transfer
from mailcore.store import quota
from mailcore.store.errors import MessageTooBig, NotPermitted, TemporaryFailure
from mailcore.transfer import rows

PIECE = 8 << 20  # what a browser sends at a time; without scripts the whole file is one
CHUNK = 1 << 20


def path(transfer_id: int) -> Path:
    """Where its file is."""
    return Path(settings.MAIL_DATA_DIR) / "transfers" / f"{transfer_id}.upload"


def spool(transfer_id: int) -> Path:
    """Where an mbox out of an archive is, while it is read."""
    return path(transfer_id).with_suffix(".mbox")


def begin(account_id: int, name: str, size: int, into: str) -> Transfer:
    """Room for a file, which is never larger than all that the account may keep. Raises MessageTooBig, NotPermitted."""
    most = min(
        settings.MAIL_MAX_IMPORT_BYTES, quota.usage(account_id).allowed or settings.MAIL_MAX_IMPORT_BYTES
    )
    if not 0 < size <= most:
        raise MessageTooBig("Empty, or too big")
    return rows.begin_file(account_id, name, size, into)


def take(row: Transfer, at: int, piece: IO[bytes]) -> int:
    """Octets from `at` on; how many are here now. A piece that came already, or too early, changes nothing."""
    if row.state != rows.State.UPLOADING:
        raise NotPermitted("This file is here already")
    if at != row.received:
        return row.received
    place = path(row.id)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            file.seek(at)
            for chunk in _chunks(piece, row.size - at):
                file.write(chunk)
            here = file.tell()
            file.truncate(here)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise TemporaryFailure("Storage is not available right now") from problem
    rows.received(row, here)
    return here


def _chunks(piece: IO[bytes], most: int) -> Iterator[bytes]:
    while most and (chunk := piece.read(min(CHUNK, most))):
        most -= len(chunk)
        yield chunk


def forget(transfer_id: int) -> None:
    """Its messages are in, or nobody wants them."""
    path(transfer_id).unlink(missing_ok=True)
    spool(transfer_id).unlink(missing_ok=True)
