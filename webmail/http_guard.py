"""HTTP connections with bounded patience and bounded heads.

uvicorn waits for ever for the end of a request's head and keeps as many header fields as are sent. Here a head has
to be complete within `HEAD_SECONDS` and `HEAD_OCTETS`, or its connection ends; bodies are bounded in
`webmail.pages`.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
HEAD_OCTETS = 64 << 10


class GuardedProtocol(HttpToolsProtocol):
    """One connection of a browser, or of somebody who pretends to be one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._patience: TimerHandle | None = None
        self._head_octets = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A first request is due."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._has_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of a head, of a body, or of both."""
        if self._patience is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()  # the next request on a connection that was kept
        self._head_octets += len(data)
        super().data_received(data)
        if self._patience is not None and self._head_octets > HEAD_OCTETS:
            self._has_head()
            self.send_400_response("Request header too large.")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._has_head()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._head_octets = 0
        self._patience = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _has_head(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
