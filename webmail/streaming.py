"""Large answers in pieces: a thread reads, the event loop sends, and no more than one piece is in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import HttpRequest, StreamingHttpResponse


def answer(request: HttpRequest, chunks: Iterator[bytes], content_type: str) -> StreamingHttpResponse:
    """An answer whose body is read as it is sent, under ASGI and WSGI."""
    is_async = hasattr(request, "scope")
    return StreamingHttpResponse(_pulled(chunks) if is_async else chunks, content_type=content_type)


async def _pulled(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    pull = sync_to_async(_next, thread_sensitive=False)
    while (piece := await pull(chunks)) is not None:
        yield piece


def _next(chunks: Iterator[bytes]) -> bytes | None:
    try:
        return next(chunks, None)
    finally:
        close_old_connections()
