"""What the pure code of this room asks of DNS; `mailcore.dns` answers it, and in tests a dict does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class TemporaryFailure(Exception):
    """No answer right now: the same question may well be answered later."""


class Txt(Protocol):
    """All TXT records of a name, each with its strings joined; empty if there are none."""

    def __call__(self, name: str, /) -> Sequence[bytes]: ...
