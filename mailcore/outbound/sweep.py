"""What makes a lost bell harmless: every few seconds somebody looks at the rows themselves."""

from __future__ import annotations

from mailcore import doorbell
from mailcore.outbound import bounce, queue


def run() -> None:
    """Make due what dead workers held, ring for everything due, pay what is owed."""
    queue.recover()
    for domain in queue.due_domains():
        doorbell.ring(queue.RELAY, domain)
    bounce.pay_all()


def forget() -> None:
    """Delete what was settled long ago."""
    while queue.forget_finished():
        pass
