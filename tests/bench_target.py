"""A service for the benchmark to measure: 2,000 users, one listener per core, passwords over plain text.

    .venv/bin/python tests/bench_target.py start FOLDER [--sink PORT] [--users N]    prints FOLDER/target.json
    .venv/bin/python tests/bench_target.py stop FOLDER

Everything that makes mail durable is as it is for everybody; what is different is that loopback may sign in
without TLS, as the peers' do in the same run, and may open as many connections as it likes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.interop.instance import Instance  # noqa: E402

DOMAIN, PASSWORD = "bench.test", "secret"


def start(folder: Path, sink: int, users: int) -> Path:
    """Run it, open the accounts, describe it."""
    instance = Instance(
        folder,
        DOMAIN,
        MAIL_LISTENERS=os.cpu_count() or 1,
        MAIL_PLAINTEXT_AUTH=1,
        MAIL_MAX_CONNECTIONS=100_000,
        MAIL_MAX_CONNECTIONS_PER_ADDRESS=100_000,
        MAIL_MAX_CONNECTIONS_PER_ACCOUNT=100_000,
        MAIL_LOG_LEVEL="WARNING",
    )
    instance.start()
    subprocess.run(
        [sys.executable, __file__, "populate", str(folder), "--sink", str(sink), "--users", str(users)],
        env=instance.environment,
        check=True,
    )
    assert instance.process is not None
    target = {
        "name": "ours",
        "host": "127.0.0.1",
        "smtp": instance.ports["SMTP"],
        "submission": instance.ports["SUBMISSION"],
        "imap": instance.ports["IMAP"],
        "pop3": instance.ports["POP3"],
        "users": {"pattern": f"u{{:04d}}@{DOMAIN}", "count": users, "password": PASSWORD},
        "pids": [instance.process.pid],
        "data_dirs": [str(folder / "var")],
        "sink": sink,
    }
    path = folder / "target.json"
    path.write_text(json.dumps(target, indent=1) + "\n")
    return path


def populate(sink: int, users: int) -> None:
    """Accounts that share one password, hashed once as strongly as ever; and the way to the sink."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "webmail.settings"
    import django

    django.setup()
    from mailcore.identity import accounts, routes
    from mailcore.models import Account, Route
    from mailcore.store import mailboxes

    first = accounts.create(f"u0001@{DOMAIN}", PASSWORD, quota_bytes=0)
    rest = [
        Account(address=f"u{n:04d}@{DOMAIN}", password=first.password, scram=first.scram, quota_bytes=0)
        for n in range(2, users + 1)
    ]
    Account.objects.bulk_create(rest)
    for account in Account.objects.filter(address__in=[account.address for account in rest]):
        mailboxes.provision(account.pk)
    routes.save(Route(domain="remote.test", host="127.0.0.1", port=sink))


def stop(folder: Path) -> None:
    """SIGTERM, and wait until it has drained."""
    pid = json.loads((folder / "target.json").read_text())["pids"][0]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["start", "populate", "stop"])
    parser.add_argument("folder", type=lambda text: Path(text).resolve())
    parser.add_argument("--sink", type=int, default=2599)
    parser.add_argument("--users", type=int, default=2000)
    chosen = parser.parse_args()
    if chosen.action == "start":
        print(start(chosen.folder, chosen.sink, chosen.users))
    elif chosen.action == "populate":
        populate(chosen.sink, chosen.users)
    else:
        stop(chosen.folder)


if __name__ == "__main__":
    main()
