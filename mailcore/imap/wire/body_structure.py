"""The tree of a message to BODYSTRUCTURE: RFC 9051 §7.5.2, RFC 3501 §7.4.2.

Rendered once, when a message arrives, in ASCII. BODY is the same without the extension data: `without_extensions` takes
it away from what was rendered, so that nothing has to be parsed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from mailcore.imap.wire.envelope import envelope, string
from mailcore.message import encoded_words, parameters
from mailcore.message.headers import unfold
from mailcore.message.parameters import Pairs
from mailcore.message.parse import Entity

MAX_VALUE = 4_000
MAX_INNER_HEADERS = 4_000_000  # octets of the headers of messages within, whose envelopes are rendered
_NO_ENVELOPE = b"(%s)" % b" ".join([b"NIL"] * 10)


def body_structure(entity: Entity) -> bytes:
    """BODYSTRUCTURE with extension data."""
    return _render(entity, [MAX_INNER_HEADERS])


def _render(entity: Entity, left: list[int]) -> bytes:
    header = entity.header
    kind, _, subtype = entity.type.partition("/")
    extension = b"%s %s %s" % (
        _disposition(header.first(b"content-disposition")),
        _languages(header.first(b"content-language")),
        _nstring(header.first(b"content-location")),
    )
    pairs = _parameters(entity.content_type.written)
    if entity.is_multipart:
        parts = b"".join([_render(child, left) for child in entity.children])
        return b"(%s %s %s %s)" % (parts, string(subtype), pairs, extension)

    # RFC 9051 §9: without its envelope and body a message/rfc822 could not be read as one.
    start = b"(%s %s %s %s %s %s %d" % (
        string(kind),
        string(subtype),
        pairs,
        _nstring(header.first(b"content-id")),
        _nstring(header.first(b"content-description")),
        string(entity.encoding),
        entity.end - entity.body_start,
    )
    if entity.is_message:
        child = entity.children[0]
        left[0] -= child.body_start - child.header_start
        inner = envelope(child.header) if left[0] > 0 else _NO_ENVELOPE
        start = b"%s %s %s %d" % (start, inner, _render(child, left), entity.lines)
    elif kind == "text":
        start = b"%s %d" % (start, entity.lines)
    return b"%s %s %s)" % (start, _nstring(header.first(b"content-md5")), extension)


def _nstring(body: bytes | None) -> bytes:
    return string(unfold(body[:MAX_VALUE])) if body else b"NIL"


def _parameters(written: Pairs) -> bytes:
    if not written:
        return b"NIL"
    return b"(%s)" % b" ".join([_parameter(name, value) for name, value in written])


def _parameter(name: str, value: str) -> bytes:
    if not value.isascii():
        # Raw 8-bit, which no RFC allows here: said in the way that RFC 2231 §4 has for it.
        value = parameters.plain(value)
        if name.endswith("*") or len(value) > MAX_VALUE:
            value = encoded_words.encode(value[:MAX_VALUE])
        else:
            name, value = f"{name}*", f"utf-8''{quote(value, safe='')}"
    return b"%s %s" % (string(name[:200]), string(value[: 3 * MAX_VALUE]))


def _disposition(body: bytes | None) -> bytes:
    if body is None:
        return b"NIL"
    read = parameters.read(body)
    return b"(%s %s)" % (string(read.value[:100]), _parameters(read.written)) if read.value else b"NIL"


def _languages(body: bytes | None) -> bytes:
    """RFC 3282, RFC 9051 §9 body-fld-lang."""
    tags = [tag.strip() for tag in unfold(body[:1000]).split(",")] if body else []
    tags = [tag for tag in tags if tag]
    if not tags:
        return b"NIL"
    return string(tags[0]) if len(tags) == 1 else b"(%s)" % b" ".join(map(string, tags[:20]))


_TOKEN = re.compile(rb'[()]|"(?:[^"\\]|\\.)*"|\{(\d+)\}\r\n|[^\s()"{]+')


def without_extensions(rendered: bytes) -> bytes:
    """BODY from a BODYSTRUCTURE that `body_structure` rendered: RFC 9051 §7.5.2."""
    return _render_body(_read_list(rendered))


_Node = bytes | list["_Node"]


def _read_list(rendered: bytes) -> list[_Node]:
    stack: list[list[_Node]] = [[]]
    for token in _tokens(rendered):
        if token == b"(":
            stack.append([])
        elif token == b")" and len(stack) > 1:
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    return stack[0]


def _tokens(rendered: bytes) -> Iterator[bytes]:
    position = 0
    while (found := _TOKEN.search(rendered, position)) is not None:
        position = found.end()
        if found[1] is not None:
            position += int(found[1])
        yield rendered[found.start() : position]


def _render_body(top: list[_Node]) -> bytes:
    return b" ".join([_body(node) if isinstance(node, list) else node for node in top])


def _body(node: list[_Node]) -> bytes:
    if node and isinstance(node[0], list):  # multipart: its parts and the subtype
        parts = [part for part in node if isinstance(part, list)]
        subtype = next(index for index, part in enumerate(node) if not isinstance(part, list))
        return b"(%s %s)" % (b"".join([_body(part) for part in parts[:subtype]]), _plain(node[subtype]))
    kind, subtype_name = _plain(node[0]).lower(), _plain(node[1]).lower()
    kept = [_plain(item) for item in node[:7]]
    if kind == b'"text"':
        kept.append(_plain(node[7]))
    elif kind == b'"message"' and subtype_name in (b'"rfc822"', b'"global"') and len(node) > 9:
        inner = node[8]
        kept += [_envelope(node[7]), _body(inner) if isinstance(inner, list) else inner, _plain(node[9])]
    return b"(%s)" % b" ".join(kept)


def _plain(node: _Node) -> bytes:
    return b"(%s)" % b" ".join([_plain(item) for item in node]) if isinstance(node, list) else node


def _envelope(node: _Node) -> bytes:
    """Addresses within a list stand without a blank between them."""
    if not isinstance(node, list):
        return node
    return b"(%s)" % b" ".join(
        [b"(%s)" % b"".join(map(_plain, item)) if isinstance(item, list) else item for item in node]
    )
