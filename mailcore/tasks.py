"""Every Celery task: ids in, one call. The state is in rows, so any of them may be lost, late or run twice."""

from __future__ import annotations

from celery import shared_task

from mailcore.later import clock, due
from mailcore.outbound import sweep
from mailcore.outbound.relay import relay as relay_domain
from mailcore.people import book
from mailcore.push import tell
from mailcore.search import fulltext
from mailcore.store import upkeep
from mailcore.transfer import rows as transfers
from mailcore.transfer import run as transfer


@shared_task(name="outbound.relay")  # type: ignore[untyped-decorator]
def relay(domain: str, is_helper: int = 0) -> None:
    """Send what is due for a destination."""
    relay_domain(domain, bool(is_helper))


@shared_task(name="outbound.sweep")  # type: ignore[untyped-decorator]
def sweep_queue() -> None:
    """Find what no bell rang for: due rows, leases of dead workers, unpaid reports."""
    sweep.run()
    due.run()
    transfers.ring_if_due()
    tell.ring_all()


@shared_task(name="later.plan")  # type: ignore[untyped-decorator]
def plan() -> None:
    """Something is due at another time than this worker's clock thinks."""
    clock.look_again()


@shared_task(name="later.wake")  # type: ignore[untyped-decorator]
def wake() -> None:
    """Do what people wanted done at this time."""
    due.run()


@shared_task(name="push.tell")  # type: ignore[untyped-decorator]
def tell_browsers(account_id: int) -> None:
    """There may be news for the browsers of an account."""
    tell.run(account_id)


@shared_task(name="store.upkeep")  # type: ignore[untyped-decorator]
def tidy_store() -> None:
    """Forget what time made superfluous."""
    upkeep.run()
    sweep.forget()
    due.forget_old()
    book.tidy()
    transfer.tidy()


@shared_task(name="search.index")  # type: ignore[untyped-decorator]
def index_texts() -> None:
    """Put what arrived lately into the word index."""
    fulltext.index_pending(wait_for_quiet=True)


@shared_task(name="search.tidy")  # type: ignore[untyped-decorator]
def tidy_index() -> None:
    """Take what was deleted out of the word index."""
    fulltext.tidy()


@shared_task(name="transfer.run")  # type: ignore[untyped-decorator]
def bring_mail() -> None:
    """Take in mail from files and other servers."""
    transfer.run()
