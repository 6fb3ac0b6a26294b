"""LIST and LSUB: RFC 9051 §6.3.9, RFC 3501 §6.3.9, RFC 5258, RFC 5819 (LIST-STATUS), RFC 6154 (SPECIAL-USE).

Also RFC 9590 (LIST-METADATA).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mailcore.imap.commands.metadata import known
from mailcore.imap.commands.status import described
from mailcore.imap.request import Commanded, Done, Request
from mailcore.imap.session import Session
from mailcore.imap.wire import metadata
from mailcore.imap.wire.list_options import ListRequest, list_request
from mailcore.imap.wire.mailbox_name import DELIMITER, Pattern, written
from mailcore.models import Mailbox
from mailcore.store import mailboxes


@dataclass(slots=True)
class Node:
    """A name in the hierarchy: a mailbox, or only a level above one."""

    name: str
    mailbox: Mailbox | None = None
    has_children: bool = False
    subscribed_below: bool = False
    special_below: bool = False
    attributes: list[str] = field(default_factory=list)

    @property
    def is_subscribed(self) -> bool:
        return self.mailbox is not None and self.mailbox.is_subscribed

    @property
    def special_use(self) -> str:
        return self.mailbox.special_use if self.mailbox is not None else ""


def listed(session: Session, request: Request) -> Commanded:
    asked = request.read(list_request)
    if asked.patterns == [""] and not asked.is_extended:
        yield b'* LIST (\\Noselect) "/" ""\r\n'  # what the delimiter is
        return Done("LIST completed")
    said: list[bytes] = []
    shown = [(node, _selected(node, asked)) for node in _matching(_tree(session.account_id), asked)]
    noted = _noted(session, [node for node, line in shown if line is not None], asked)
    for node, line in shown:
        if line is None:
            continue
        said.append(_line(session, b"LIST", node, line, _child_info(node, asked)))
        if asked.status_items and node.mailbox is not None:
            said.append(described(session, node.mailbox, asked.status_items))
        if node.mailbox is not None and node.mailbox.id in noted:
            name = written(node.name, session.speaks_utf8)
            said.append(b"* METADATA %s %s\r\n" % (name, metadata.written(noted[node.mailbox.id])))
    yield b"".join(said)
    return Done("LIST completed")


def lsub(session: Session, request: Request) -> Commanded:
    asked = request.read(list_request)
    said: list[bytes] = []
    for node in _matching(_tree(session.account_id), asked):
        if node.is_subscribed:
            said.append(_line(session, b"LSUB", node, node.attributes))
        elif node.subscribed_below and any("%" in pattern for pattern in asked.patterns):
            said.append(_line(session, b"LSUB", node, ["\\Noselect"]))  # RFC 3501 §6.3.9
    yield b"".join(said)
    return Done("LSUB completed")


def _noted(session: Session, nodes: list[Node], asked: ListRequest) -> dict[int, dict[str, bytes | None]]:
    """What RETURN (METADATA …) asks for, of all the mailboxes at once (RFC 9590 §3.1)."""
    if not asked.entries:
        return {}
    return known(session.account_id, [node.mailbox for node in nodes if node.mailbox], asked.entries)


def _tree(account_id: int) -> list[Node]:
    """Every mailbox and every level above one, in order."""
    nodes: dict[str, Node] = {}
    for mailbox in mailboxes.listing(account_id):
        levels = mailbox.name.split(DELIMITER)
        for depth in range(1, len(levels)):
            above = DELIMITER.join(levels[:depth])
            node = nodes.setdefault(above, Node(above))
            node.has_children = True
            node.subscribed_below |= mailbox.is_subscribed
            node.special_below |= bool(mailbox.special_use)
        nodes.setdefault(mailbox.name, Node(mailbox.name)).mailbox = mailbox
    for node in nodes.values():
        node.attributes = ["\\HasChildren" if node.has_children else "\\HasNoChildren"]
        if node.mailbox is None:
            node.attributes[:0] = ["\\NonExistent", "\\Noselect"]
        elif node.mailbox.special_use:
            node.attributes.append(node.mailbox.special_use)
    return list(nodes.values())


def _matching(nodes: list[Node], asked: ListRequest) -> list[Node]:
    patterns = [Pattern(_canonical(asked.reference + pattern)) for pattern in asked.patterns]
    return [node for node in nodes if any(pattern.matches(node.name) for pattern in patterns)]


def _canonical(pattern: str) -> str:
    first, slash, rest = pattern.partition(DELIMITER)
    return f"INBOX{slash}{rest}" if first.upper() == "INBOX" else pattern


def _selected(node: Node, asked: ListRequest) -> list[str] | None:
    """The attributes to show, None where the selection options leave this name out (RFC 5258 §3.1)."""
    attributes = list(node.attributes)
    if "SUBSCRIBED" in asked.selects | asked.returns and node.is_subscribed:
        attributes.append("\\Subscribed")
    if not (asked.selects & {"SUBSCRIBED", "SPECIAL-USE"}):
        return attributes
    is_chosen = ("SUBSCRIBED" not in asked.selects or node.is_subscribed) and (
        "SPECIAL-USE" not in asked.selects or bool(node.special_use)
    )
    if is_chosen:
        return attributes
    if "RECURSIVEMATCH" in asked.selects and _below(node, asked):
        return attributes
    return None


def _below(node: Node, asked: ListRequest) -> bool:
    return ("SUBSCRIBED" not in asked.selects or node.subscribed_below) and (
        "SPECIAL-USE" not in asked.selects or node.special_below
    )


def _child_info(node: Node, asked: ListRequest) -> bytes:
    """Which selection options something below would match (RFC 5258 §3.5)."""
    if "RECURSIVEMATCH" not in asked.selects or not _below(node, asked):
        return b""
    options = sorted(asked.selects & {"SUBSCRIBED", "SPECIAL-USE"})
    return b' ("CHILDINFO" (%s))' % " ".join(f'"{option}"' for option in options).encode()


def _line(session: Session, verb: bytes, node: Node, attributes: list[str], extended: bytes = b"") -> bytes:
    name = written(node.name, session.speaks_utf8)
    return b'* %s (%s) "/" %s%s\r\n' % (verb, " ".join(attributes).encode(), name, extended)
