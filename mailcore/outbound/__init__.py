"""To the world: what our users submit and what we pass on leaves from here.

The queue is rows (`models.outbound`); Celery only rings. One recipient's life:

    QUEUED ──claim──► SENDING ──record──► DELIVERED
      ▲                 │  │
      │    4yz, silence │  └── 5yz, too old ──► FAILED ── bounce ──► a DSN for the sender
      └─────────────────┘
    HELD: an admin stopped it, or it brought down its worker three times. DROPPED: an admin threw it away.

The next attempt and a lease are written before anybody is dialled; a worker that dies leaves a lease that runs
out, so a message may go twice but never nowhere (RFC 1047). No transaction is open while we talk to a stranger.
"""
