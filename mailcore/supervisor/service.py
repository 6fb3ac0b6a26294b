"""One machine, everything: prepare, start, watch, drain."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable

from django.conf import settings

from mailcore.listener.endpoints import in_use
from mailcore.store import power_cut
from mailcore.supervisor import first_start, folder, plan, ports, redis
from mailcore.supervisor.problems import CannotStart, explain
from mailcore.supervisor.processes import Supervisor, block_signals
from mailcore.system_checks import settings_agree

Say = Callable[[str], object]
REDIS_SECONDS = 10.0


def run(say: Say) -> None:
    """Until SIGTERM or Ctrl-C. Raises CannotStart."""
    try:
        _refuse_contradictions()
        lock = folder.prepare(settings.MAIL_DATA_DIR)
        with lock:
            if folder.make_secret_key(settings.MAIL_DATA_DIR):
                # Settings were read without this key: begin again with it. The lock is dropped by exec.
                os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - no shell is wanted
            # Held by name until we end: a socket that nobody names is closed.
            sockets = ports.open_all(settings.MAIL_LISTENERS)
            programs = plan.programs(sockets)
            block_signals()
            _serve(Supervisor(programs, settings.BASE_DIR), say)
    except Exception as problem:
        sentence = explain(problem, settings.MAIL_DATA_DIR)
        if sentence is None:
            raise
        raise CannotStart(sentence) from problem


def _refuse_contradictions() -> None:
    for message in settings_agree(None):
        if message.is_serious():
            raise CannotStart(f"{message.msg} {message.hint}")


def _serve(supervisor: Supervisor, say: Say) -> None:
    announced = False

    def tick() -> None:
        nonlocal announced
        if not announced and _is_ready():
            announced = True
            for line in _announcement():
                say(line)

    clean = True
    try:
        _start_redis(supervisor)
        administrator = first_start.prepare(say)
        if administrator is not None:
            # Before anything else can go wrong: the password is stored nowhere.
            say(f"First administrator: {administrator.address}")
            say(f"Password (shown only now): {administrator.password}")
        supervisor.start()
        supervisor.run(tick)
        say("Stopping: running commands may finish.")
    finally:
        clean = supervisor.stop()
    power_cut.end()
    say("Stopped." if clean else "Stopped; some processes had to be cut off.")


def _start_redis(supervisor: Supervisor) -> None:
    path = plan.embedded_redis()
    if path is None:
        return
    path.unlink(missing_ok=True)
    supervisor.start("redis")
    deadline = time.monotonic() + REDIS_SECONDS
    while not redis.answers(path):
        if time.monotonic() > deadline:
            log = redis.log_file(path)
            raise CannotStart(f"The embedded Redis does not answer on {path}; {log} may say why.")
        time.sleep(0.02)


def _is_ready() -> bool:
    """A page is served, and a listener greets; doors that are switched off need not."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.MAIL_BIND, settings.MAIL_BIND)
    plain = [endpoint.port for endpoint in in_use() if not endpoint.implicit_tls]
    return (not plain or _greets(host, plain[0])) and (
        not settings.MAIL_PORT_WEB or _serves_pages(host, settings.MAIL_PORT_WEB)
    )


def _greets(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5) as peer:
            return bool(peer.recv(1))
    except OSError:
        return False


def _serves_pages(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/health/", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _announcement() -> list[str]:
    host = f"[{settings.MAIL_BIND}]" if ":" in settings.MAIL_BIND else settings.MAIL_BIND
    url = settings.MAIL_PUBLIC_URL or f"http://{host}:{settings.MAIL_PORT_WEB}/"
    lines = [f"{settings.MAIL_PRODUCT_NAME} is running."]
    if settings.MAIL_PORT_WEB:
        lines += [f"Pages: {url}", f"Administration: {url.rstrip('/')}/admin/"]
    doors = ", ".join(f"{endpoint.name} {endpoint.port}" for endpoint in in_use())
    return [*lines, f"Mail on {settings.MAIL_BIND}: {doors}", "Ctrl-C stops it."]
