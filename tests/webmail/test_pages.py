"""Django behind ASGI: one thread for a page, none for what is being sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from webmail import pages

closed: list[str] = []


def echo(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(request.method.encode() + b" " + request.body, content_type="text/plain")
    response.set_cookie("a", "1")
    response.set_cookie("b", "2", httponly=True)
    return response


def crash(request: HttpRequest) -> HttpResponse:
    raise ValueError("a bug")


def big(request: HttpRequest) -> StreamingHttpResponse:
    def content() -> Iterator[bytes]:
        try:
            assert threading.current_thread().name.startswith("page")
            for _ in range(100):
                yield b"x" * 10_000
        finally:
            closed.append("big")

    return StreamingHttpResponse(content())


def endless(request: HttpRequest) -> StreamingHttpResponse:
    async def content() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b":\n\n"
                await asyncio.sleep(0.01)
        finally:
            closed.append("endless")

    return StreamingHttpResponse(content(), content_type="text/event-stream")


urlpatterns = [path("echo/", echo), path("crash/", crash), path("big/", big), path("endless/", endless)]
handler500 = "tests.webmail.test_pages.sorry"


def sorry(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sorry", status=500)


async def ask(
    where: str, *parts: bytes, method: str = "POST", leave_after: int = 0, leave_early: bool = False
) -> list[dict[str, Any]]:
    """Everything the application sends; the client leaves after so many events, or before its body is whole."""
    sent: list[dict[str, Any]] = []
    left = asyncio.Event()
    incoming = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    incoming.append({"type": "http.disconnect"} if leave_early else {"type": "http.request"})

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop(0)
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(event: Any) -> None:
        sent.append(dict(event))
        if len(sent) == leave_after:
            left.set()

    scope = {
        "type": "http",
        "method": method,
        "path": where,
        "headers": [(b"host", b"localhost")],
        "query_string": b"",
    }
    application = pages.Application()
    try:
        await application(scope, receive, send)
        await asyncio.get_running_loop().run_in_executor(application._pool, connections.close_all)
    finally:
        application._pool.shutdown()
    return sent


@pytest.fixture(autouse=True)
def bare(settings: Any) -> Iterator[None]:
    settings.MIDDLEWARE = []
    with override_settings(ROOT_URLCONF="tests.webmail.test_pages"):
        closed.clear()
        yield


def test_a_page_with_its_body_and_cookies() -> None:
    start, body = asyncio.run(ask("/echo/", b"one ", b"two"))
    assert start["status"] == 200
    cookies = [value for name, value in start["headers"] if name == b"Set-Cookie"]
    assert cookies == [b"a=1; Path=/", b"b=2; HttpOnly; Path=/"]
    assert body["body"] == b"POST one two"


def test_a_crash_is_a_page(caplog: pytest.LogCaptureFixture) -> None:
    start, body = asyncio.run(ask("/crash/"))
    assert (start["status"], body["body"]) == (500, b"sorry")
    assert "a bug" in caplog.text


def test_a_body_beyond_all_measure_is_refused(settings: Any) -> None:
    settings.MAIL_MAX_MESSAGE_BYTES = 100
    assert asyncio.run(ask("/echo/", b"x" * 100))[0]["status"] == 200
    assert asyncio.run(ask("/echo/", b"x" * 60, b"x" * 41))[0]["status"] == 413


def test_a_client_that_leaves_in_its_body_costs_nothing() -> None:
    assert asyncio.run(ask("/echo/", b"x" * 100, leave_early=True)) == []


def test_a_large_answer_goes_out_in_pieces() -> None:
    start, *pieces = asyncio.run(ask("/big/"))
    assert start["status"] == 200
    assert sum(len(piece.get("body", b"")) for piece in pieces) == 1_000_000
    assert max(len(piece.get("body", b"")) for piece in pieces) <= pages.PIECE + 10_000
    assert closed == ["big"]


@pytest.mark.parametrize(("where", "name"), [("/endless/", "endless"), ("/big/", "big")])
def test_a_stream_ends_when_its_client_leaves(where: str, name: str) -> None:
    sent = asyncio.run(asyncio.wait_for(ask(where, leave_after=3), 5))
    assert len(sent) < 8
    assert closed == [name]
