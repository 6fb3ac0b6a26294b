"""What a check says: accept, try later, or no; with the reply that goes with it (RFC 5321 §4.2, RFC 3463)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accept:
    """Nothing against it."""


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: a 4yz reply."""

    code: int
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True)
class Reject:
    """Never: a 5yz reply."""

    code: int
    enhanced: str
    text: str


Verdict = Accept | Defer | Reject

ACCEPT = Accept()
