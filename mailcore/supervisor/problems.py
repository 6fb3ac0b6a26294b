"""What keeps the service from starting, as one sentence for a person."""

from __future__ import annotations

import errno
from pathlib import Path


class CannotStart(Exception):
    """The text says what is wrong and what to do about it."""


def explain(problem: BaseException, folder: Path) -> str | None:
    """A sentence for what operators can mend; None: it is a bug and deserves its traceback."""
    text = str(problem)
    number = getattr(problem, "errno", None)
    where = getattr(problem, "filename", None) or folder
    if number in (errno.ENOSPC, errno.EDQUOT) or "database or disk is full" in text:
        return f"The disk under {where} is full. Free some space and start again."
    if number in (errno.EACCES, errno.EPERM, errno.EROFS) or "readonly database" in text:
        return f"{where} cannot be written. Give this user the right to, or name another folder: --data-dir."
    if "unable to open database file" in text:
        return f"The database in {folder} cannot be opened: look at the rights of the folder and its files."
    if type(problem).__name__ == "OperationalError" and "connection" in text:
        return f"The database does not answer: {text.strip().splitlines()[0]}"
    if "file is not a database" in text or "malformed" in text:
        return f"The database in {folder} is damaged ({text}). Restore it from a backup."
    if number in (errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP, errno.EMFILE, errno.ENFILE):
        return f"{where}: {getattr(problem, 'strerror', text)}."
    return None
