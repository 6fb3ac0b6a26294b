"""One command as received, and what its handler says at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from mailcore.dialogue import Effect
from mailcore.imap.wire.reader import Reader

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@dataclass(slots=True)
class Request:
    """Tag, verb, whether it was the UID form, and the arguments, unread: `reader` stands after the verb."""

    tag: str
    verb: str
    by_uid: bool
    reader: Reader

    @overload
    def read(self) -> None: ...
    @overload
    def read(self, a: Callable[[Reader], A], /) -> A: ...
    @overload
    def read(self, a: Callable[[Reader], A], b: Callable[[Reader], B], /) -> tuple[A, B]: ...
    @overload
    def read(
        self, a: Callable[[Reader], A], b: Callable[[Reader], B], c: Callable[[Reader], C], /
    ) -> tuple[A, B, C]: ...
    def read(self, *parsers: Callable[[Reader], Any]) -> Any:
        """All arguments, one for each parser, and nothing after them."""
        values = []
        for parse in parsers:
            self.reader.space()
            values.append(parse(self.reader))
        self.reader.end()
        return None if not values else values[0] if len(values) == 1 else tuple(values)


@dataclass(frozen=True, slots=True)
class Done:
    """The tagged answer to come, after `sync` had its say."""

    text: str
    code: bytes = b""
    condition: str = "OK"


SAID = Done("", condition="")
"""The handler has sent its tagged answer itself."""

Commanded = Generator[bytes | Effect, Any, Done]
"""What every handler is: octets and effects first, the tagged answer as its return value."""
