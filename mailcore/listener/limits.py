"""How many connections one address, or one account, may have.

A session counts against its address until it has signed in, and against its account from then on: fifty
strangers' connections from one address are a flood, fifty of a company behind one address are a Monday
morning.

The counts are shared by all listeners of a machine through a small memory-mapped file: a row per process,
which only that process writes, with a bucket per hash of the name. No lock, no growth however many addresses
come (SECURITY A33), and a crashed listener's row is cleared when it starts again. Two names in one bucket
share its count, which costs nobody anything until one of them nears the limit; the hash is keyed, so no one
can aim.
"""

from __future__ import annotations

import hashlib
import ipaddress
import mmap
from pathlib import Path

BUCKETS = 1 << 16
_ROW = BUCKETS * 2


class Counts:
    """Numbers by name, kept per process, read as their sum."""

    def __init__(self, key: bytes, path: Path | None = None, row: int = 0, rows: int = 1) -> None:
        self._key = hashlib.blake2b(key, person=b"connections").digest()[:32]
        if path is None:
            self._map = mmap.mmap(-1, rows * _ROW)
        else:
            with path.open("a+b") as file:
                if file.seek(0, 2) < rows * _ROW:
                    file.truncate(rows * _ROW)
                self._map = mmap.mmap(file.fileno(), rows * _ROW)
        self._cells = memoryview(self._map).cast("H")
        self._mine = row * BUCKETS
        self._starts = range(0, rows * BUCKETS, BUCKETS)
        self._map[row * _ROW : (row + 1) * _ROW] = bytes(_ROW)

    def bucket(self, name: str) -> int:
        """Where a name is counted."""
        digest = hashlib.blake2b(name.encode(), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest, "big") % BUCKETS

    def total(self, bucket: int) -> int:
        """The sum over all processes."""
        return sum(self._cells[start + bucket] for start in self._starts)

    def add(self, bucket: int) -> None:
        """One more here."""
        self._cells[self._mine + bucket] += 1

    def remove(self, bucket: int) -> None:
        """One less here."""
        self._cells[self._mine + bucket] -= 1


class Limits:
    """Who may come in."""

    def __init__(self, counts: Counts, *, per_address: int, per_account: int) -> None:
        self._counts = counts
        self._per_address = per_address
        self._per_account = per_account

    def admit(self, peer: str) -> Slot | None:
        """A place for a connection from `peer`; None: it has enough of them."""
        bucket = self._counts.bucket("address " + _network(peer))
        if self._counts.total(bucket) >= self._per_address:
            return None
        return Slot(self._counts, bucket, self._per_account)


class Slot:
    """One connection's place in the counts."""

    __slots__ = ("_address", "_bucket", "_counts", "_per_account")

    def __init__(self, counts: Counts, bucket: int, per_account: int) -> None:
        self._counts = counts
        self._address = bucket
        self._bucket: int | None = bucket
        self._per_account = per_account
        counts.add(bucket)

    def signed_in(self, account_id: int) -> bool:
        """From now on it counts for its account; False: that has as many as it may have."""
        bucket = self._counts.bucket(f"account {account_id}")
        if self._counts.total(bucket) >= self._per_account:
            return False
        self.release()
        self._counts.add(bucket)
        self._bucket = bucket
        return True

    def signed_out(self) -> None:
        """It counts for its address again (RFC 8437)."""
        self.release()
        self._counts.add(self._address)
        self._bucket = self._address

    def release(self) -> None:
        """The connection is over."""
        if self._bucket is not None:
            self._counts.remove(self._bucket)
            self._bucket = None


def _network(peer: str) -> str:
    """IPv6 hosts own a /64 and may come from anywhere in it."""
    if ":" not in peer:
        return peer
    address = ipaddress.IPv6Address(peer.partition("%")[0])
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
