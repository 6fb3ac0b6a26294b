"""The tree of a message: types, names and byte offsets, small enough to keep beside it. RFC 2045, RFC 2046."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """One entity of a message. Its header is raw[header_start:body_start], its body raw[body_start:end].

    `number` is the section a client fetches the body by (RFC 9051 §6.4.5.1): "" for a whole message that is a
    multipart, "1" for one that is not; "2" is both a message/rfc822 part and the multipart within it, "2.1" its
    first or only body.
    """

    number: str
    type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    encoding: str = "7bit"
    disposition: str = ""
    filename: str = ""
    content_id: str = ""
    description: str = ""
    header_start: int = 0
    body_start: int = 0
    end: int = 0
    lines: int = 0
    children: tuple[Part, ...] = ()

    @property
    def size(self) -> int:
        """Octets of the body as it travels, still encoded."""
        return self.end - self.body_start

    @property
    def charset(self) -> str:
        return self.parameters.get("charset", "")

    @property
    def is_multipart(self) -> bool:
        return self.type.startswith("multipart/")

    @property
    def is_message(self) -> bool:
        """A message within the message, whose own tree is the only child."""
        return bool(self.children) and not self.is_multipart

    def walk(self) -> Iterator[Part]:
        """This part and everything below it, in the order of the bytes."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))

    def leaves(self) -> Iterator[Part]:
        """The parts that have a body of their own; messages within messages are opened."""
        return (part for part in self.walk() if not part.children)

    def section(self, number: str) -> Part | None:
        """The part that `number` names, RFC 9051 §6.4.5.1; "" is the message itself, None is no such part."""
        part, as_message = self, True
        for step in number.split(".") if number else ():
            if not (step.isascii() and step.isdigit()) or len(step) > 9:
                return None
            if part.is_message and not as_message:
                part, as_message = part.children[0], True
            index = int(step)
            if part.is_multipart:
                if not 1 <= index <= len(part.children):
                    return None
                part, as_message = part.children[index - 1], False
            elif as_message and index == 1:
                as_message = False  # the only body of a message is its part 1
            else:
                return None
        return part

    def dump(self) -> bytes:
        """The tree as compact JSON, for `load`."""
        return json.dumps(_row(self), ensure_ascii=False, separators=(",", ":")).encode()


def load(dumped: bytes | memoryview | str) -> Part:
    """The tree that `Part.dump` wrote."""
    row = json.loads(bytes(dumped) if isinstance(dumped, memoryview) else dumped)
    return _part(row, "", True)


def _row(part: Part) -> list[object]:
    row: list[object] = [
        part.header_start,
        part.body_start,
        part.end,
        part.lines,
        part.type,
        part.parameters,
        part.encoding,
        part.disposition,
        part.filename,
        part.content_id,
        part.description,
        [_row(child) for child in part.children],
    ]
    while not row[-1]:
        row.pop()
    return row


def _part(row: list[Any], number: str, is_message: bool) -> Part:
    row = row + _EMPTY_ROW[len(row) :]
    (
        header_start,
        body_start,
        end,
        lines,
        kind,
        parameters,
        encoding,
        disposition,
        name,
        content_id,
        description,
        below,
    ) = row
    multipart = kind.startswith("multipart/")
    if is_message and not multipart:
        number = f"{number}.1" if number else "1"
    if multipart:
        prefix = f"{number}." if number else ""
        children = tuple(_part(child, f"{prefix}{index}", False) for index, child in enumerate(below, 1))
    else:
        children = tuple(_part(child, number, True) for child in below)
    return Part(
        number, kind, parameters, encoding, disposition, name, content_id, description,
        header_start, body_start, end, lines, children,
    )  # fmt: skip


_EMPTY_ROW: list[Any] = [0, 0, 0, 0, "", {}, "", "", "", "", "", []]
