"""Pages on threads, event streams on the loop: how ASGI reaches Django.

Django's own ASGI handler crosses from the loop to a thread and back once for nearly every middleware, and keeps a
thread for every request that is open, event streams included. Our pages are synchronous from end to end, so each is
made in one piece on one thread of a small pool whose database connections stay open; what takes long to send (a
big attachment, an event stream that lasts half an hour) is sent from the loop and holds no thread meanwhile.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

PIECE = 256 << 10
BODY_SECONDS = 60.0  # for the next piece of a body


class BodyTooBig(Exception):
    """More than any message may have."""


class ClientLeft(Exception):
    """It hung up before it had said everything."""


class Application(ASGIHandler):
    """One request in one piece on one thread."""

    def __init__(self) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._pool = ThreadPoolExecutor(settings.MAIL_WEB_THREADS, thread_name_prefix="page")

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """One HTTP request."""
        if scope["type"] != "http":
            raise ValueError(f"this application speaks HTTP, not {scope['type']}")
        try:
            body = await self._body(receive)
        except ClientLeft:
            return
        except BodyTooBig:
            await _send(HttpResponse("413 Too large", status=413, content_type="text/plain"), send)
            return
        response = await asyncio.get_running_loop().run_in_executor(self._pool, self._respond, scope, body)
        if isinstance(response, StreamingHttpResponse):
            await self._stream(response, receive, send)
        else:
            await _send(response, send)

    async def _body(self, receive: Receive) -> IO[bytes]:
        body = tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115
        size = 0
        more = True
        while more:
            try:
                async with asyncio.timeout(BODY_SECONDS):
                    event = await receive()
            except TimeoutError:
                event = {"type": "http.disconnect"}
            if event["type"] == "http.disconnect":
                body.close()
                raise ClientLeft
            more = event.get("more_body", False)
            size += len(event.get("body", b""))
            if size > settings.MAIL_MAX_MESSAGE_BYTES:
                body.close()
                raise BodyTooBig
            body.write(event.get("body", b""))
        body.seek(0)
        return body  # type: ignore[return-value]

    def _respond(self, scope: Event, body: IO[bytes]) -> HttpResponseBase:
        """On a thread: everything but sending."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: Any = refusal if request is None else self.get_response(request)
        response._handler_class = self.__class__
        response._resource_closers.append(body.close)
        if not response.streaming:
            response.close()  # ends the request; the content stays
        return response  # type: ignore[no-any-return]

    async def _stream(self, response: StreamingHttpResponse, receive: Receive, send: Send) -> None:
        """Send piece by piece, until the end or until the client leaves."""
        loop = asyncio.get_running_loop()
        sending = loop.create_task(self._pieces(response, send))
        watching = loop.create_task(_disconnected(receive))
        try:
            await asyncio.wait((sending, watching), return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            left = not sending.done()
            sending.cancel()
            await asyncio.wait((sending,))
            await loop.run_in_executor(self._pool, response.close)
        if not left:
            sending.result()

    async def _pieces(self, response: StreamingHttpResponse, send: Send) -> None:
        await send(_start(response))
        content = response.streaming_content
        if response.is_async:
            pieces: AsyncIterator[bytes] = content  # type: ignore[assignment]
        else:
            pieces = self._pulled(iter(content))  # type: ignore[arg-type]
        async with aclosing(pieces):  # type: ignore[type-var]
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    async def _pulled(self, content: Iterator[bytes]) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while piece := await loop.run_in_executor(self._pool, _piece, content):
            yield piece


def _piece(content: Iterator[bytes]) -> bytes:
    """The next octets, not many more than PIECE; empty at the end."""
    parts: list[bytes] = []
    size = 0
    for part in content:
        parts.append(part)
        size += len(part)
        if size >= PIECE:
            break
    return b"".join(parts)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(response: HttpResponseBase, send: Send) -> None:
    await send(_start(response))
    await send({"type": "http.response.body", "body": getattr(response, "content", b"")})


def _start(response: HttpResponseBase) -> Event:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    cookies = [cookie.OutputString().encode("ascii") for cookie in response.cookies.values()]
    return {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": headers + [(b"Set-Cookie", cookie) for cookie in cookies],
    }
