"""Verbs on mailboxes and messages: the only writer of them.

Every write runs inside `writing.accounts(...)`: one transaction that first locks the counters of the accounts it
touches, hands out ids and one modseq an account, writes the Change rows, and rings `changes.wakeups` after commit.
Deliveries and APPENDs that are ready at the same moment share a transaction, and so an fsync (`group_commit`).
"""
