"""Messages to threads: ORDEREDSUBJECT and REFERENCES. RFC 5256 §3, RFC 5256 §4. Pure.

Nothing recurses: a thread may be as deep as the mailbox is long. Loops in References are found with a union-find,
so that a chain of ten thousand answers costs ten thousand steps and not their square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple


class Message(NamedTuple):
    """What threading looks at; `name` is what the client calls it, number or UID."""

    name: int
    sent: int
    base_subject: str
    is_reply: bool
    message_id: str
    references: str  # separated by spaces, oldest first


@dataclass(slots=True, eq=False)
class Node:
    """A message in its thread, or the place of one that is not here."""

    message: Message | None = None
    children: list[Node] = field(default_factory=list)
    has_parent: bool = False

    def date(self) -> tuple[int, int]:
        """By what threads are ordered: a missing parent counts as its first answer."""
        message = self.message or (self.children[0].message if self.children else None)
        return (message.sent, message.name) if message else (0, 0)


Algorithm = Callable[[list[Message]], list[Node]]


def ordered_subject(messages: list[Message]) -> list[Node]:
    """One thread for each base subject; the first message leads, the others follow it."""
    by_subject: dict[str, list[Message]] = {}
    for message in sorted(messages, key=lambda m: (m.sent, m.name)):
        by_subject.setdefault(message.base_subject, []).append(message)
    return [Node(first, [Node(other) for other in others]) for first, *others in by_subject.values()]


def references(messages: list[Message]) -> list[Node]:
    """Steps 1 to 6 of RFC 5256 §3."""
    roots = _pruned(_linked(messages))
    roots.sort(key=Node.date)
    roots = _by_subject(roots)
    _sort_all(roots)
    return roots


ALGORITHMS: dict[str, Algorithm] = {"ORDEREDSUBJECT": ordered_subject, "REFERENCES": references}


# --- step 1: who answers whom -----------------------------------------------------------------------------------------


class _Forest:
    """Parents by index; says no to a link that would close a loop."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self._top: list[int] = []

    def add(self) -> int:
        self.parent.append(-1)
        self._top.append(len(self._top))
        return len(self._top) - 1

    def _root(self, index: int) -> int:
        top = self._top
        while top[index] != index:
            top[index] = top[top[index]]
            index = top[index]
        return index

    def link(self, child: int, parent: int) -> None:
        if self.parent[child] < 0 and self._root(parent) != child:
            self.parent[child] = parent
            self._top[child] = parent


def _linked(messages: list[Message]) -> tuple[list[Message | None], list[int]]:
    """For each place the message that fills it, and its parent's place."""
    forest = _Forest()
    place: dict[str, int] = {}
    filled: list[Message | None] = []

    def place_of(message_id: str) -> int:
        index = place.get(message_id)
        if index is None:
            index = place[message_id] = forest.add()
            filled.append(None)
        return index

    own: list[int] = []
    chains: list[list[int]] = []
    for message in messages:
        index = place_of(message.message_id) if message.message_id else -1
        if index < 0 or filled[index] is not None:  # none, or the second of that name
            index = forest.add()
            filled.append(None)
        filled[index] = message
        own.append(index)
        chains.append([])
    for position, message in enumerate(messages):
        if message.references:
            chains[position] = [place_of(reference) for reference in message.references.split(" ")]
    # A message knows best whom it answers; what others say about its ancestors only fills gaps.
    for index, chain in zip(own, chains, strict=True):
        if chain:
            forest.link(index, chain[-1])
    for chain in chains:
        for parent, child in pairwise(chain):
            forest.link(child, parent)
    return filled, forest.parent


# --- steps 2 and 3: roots, without empty places -----------------------------------------------------------------------


def _pruned(linked: tuple[list[Message | None], list[int]]) -> list[Node]:
    """Drop places that nobody fills; their children move up, but stay together at the top."""
    filled, parents = linked
    kept: dict[int, list[Node]] = {}  # by parent, what hangs below it
    roots: list[Node] = []
    for index in _leaves_first(parents):
        message, below = filled[index], kept.pop(index, [])
        parent = parents[index]
        if message is None and (len(below) <= 1 or parent >= 0):
            moving = below  # an empty place with several children is kept at the top only
        else:
            moving = [Node(message, below)]
        if parent < 0:
            roots += moving
        elif moving:
            kept.setdefault(parent, []).extend(moving)
    return roots


def _leaves_first(parents: list[int]) -> list[int]:
    waiting = [0] * len(parents)
    for parent in parents:
        if parent >= 0:
            waiting[parent] += 1
    order = [index for index, count in enumerate(waiting) if not count]
    for index in order:
        parent = parents[index]
        if parent >= 0:
            waiting[parent] -= 1
            if not waiting[parent]:
                order.append(parent)
    return order


# --- step 5: same subject, same thread --------------------------------------------------------------------------------


def _subject_of(node: Node) -> Message | None:
    return node.message or (node.children[0].message if node.children else None)


def _by_subject(roots: list[Node]) -> list[Node]:
    """RFC 5256 §3 (5): gather threads that lost their References."""
    table: dict[str, Node] = {}
    for root in roots:
        message = _subject_of(root)
        if message is None or not message.base_subject:
            continue
        held = table.get(message.base_subject)
        held_message = _subject_of(held) if held else None
        if (
            held is None
            or (root.message is None and held.message is not None)
            or (held_message and held_message.is_reply and not message.is_reply)
        ):
            table[message.base_subject] = root
    out: list[Node] = []
    place: dict[int, int] = {}  # where a node of the table stands in `out`
    for root in roots:
        message = _subject_of(root)
        held = table.get(message.base_subject) if message and message.base_subject else None
        if held is None or held is root:
            place[id(root)] = len(out)
            out.append(root)
    for root in roots:
        message = _subject_of(root)
        held = table.get(message.base_subject) if message and message.base_subject else None
        if message is None or held is None or held is root:
            continue
        held_message = _subject_of(held)
        if held.message is None:
            held.children += root.children if root.message is None else [root]
        elif root.message is not None and message.is_reply and held_message and not held_message.is_reply:
            held.children.append(root)
        else:
            both = Node(None, [held, *(root.children if root.message is None else [root])])
            out[place[id(held)]] = both
            place[id(both)] = place[id(held)]
            table[message.base_subject] = both
    return out


def _sort_all(roots: list[Node]) -> None:
    """Step 6: siblings by date."""
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if len(node.children) > 1:
            node.children.sort(key=Node.date)
        waiting += node.children
    roots.sort(key=Node.date)


# --- on the wire ------------------------------------------------------------------------------------------------------


def written(roots: Iterable[Node]) -> bytes:
    """(2)(3 6 (4 23)(44 7 96)): RFC 5256 §4."""
    out: list[str] = []
    todo: list[Node | str] = []
    for root in roots:
        todo = [")", root, "("]
        while todo:
            item = todo.pop()
            if isinstance(item, str):
                out.append(item)
                continue
            if item.message is not None:
                out.append(str(item.message.name))
                if item.children:
                    out.append(" ")
            if len(item.children) == 1:
                todo.append(item.children[0])
            else:
                for child in reversed(item.children):
                    todo += [")", child, "("]
    return "".join(out).encode()
