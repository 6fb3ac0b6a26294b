"""Browsers that are slow, endless or rude cost a connection, and nobody else notices."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from webmail import http_guard


async def hello(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    more = True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    answer = b"%d" % len(body)
    headers = [(b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(http_guard, "HEAD_SECONDS", 0.5)
    config = uvicorn.Config(
        hello, http=http_guard.GuardedProtocol, ws="none", lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    opened = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[opened])))
    thread.start()
    try:
        yield opened.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        opened.close()


def ask(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
        try:
            for part in parts:
                peer.sendall(part)
                time.sleep(pause)
            return b"".join(iter(lambda: peer.recv(65536), b""))
        except ConnectionError:
            return b""


CLOSE = b"Host: x\r\nConnection: close\r\n"


def test_a_request_in_pieces_and_two_on_one_connection(port: int) -> None:
    assert ask(port, b"GET / HTTP/1.1\r\n", CLOSE, b"\r\n", pause=0.05).endswith(b"\r\n\r\n0")
    both = ask(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n", pause=0.1)
    assert both.count(b"200 OK") == 2


def test_a_big_body_is_not_a_big_head(port: int) -> None:
    size = 5 * http_guard.HEAD_OCTETS
    head = b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: %d\r\n\r\n" % size
    assert ask(port, head + b"x" * size).endswith(b"\r\n\r\n%d" % size)


@pytest.mark.parametrize("field", [b"a: " + b"x" * 70 + b"\r\n", b"a: b\r\n", b"x" * 1000])
def test_an_endless_head_is_cut_off(port: int, field: bytes) -> None:
    endless = field * (1 + (1 << 20) // len(field))
    answer = ask(
        port, b"GET / HTTP/1.1\r\n", *(endless[i : i + 10_000] for i in range(0, len(endless), 10_000))
    )
    assert b"200 OK" not in answer


@pytest.mark.parametrize("parts", [[b""], [b"GET /"], [b"GET / HTTP/1.1\r\n", *[b"a: b\r\n"] * 30]])
def test_a_slow_head_is_cut_off(port: int, parts: list[bytes]) -> None:
    started = time.monotonic()
    assert ask(port, *parts, pause=0.1) == b""
    assert time.monotonic() - started < 4
