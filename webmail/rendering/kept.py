"""The letters that were made safe last, for the moment in which a page and its frame both ask for them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from webmail.rendering.sanitize import Clean

MOST_CHARACTERS = 6_000_000  # in this process, of all accounts


class Kept:
    """Values by key, the least used forgotten first."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._size = 0
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, Clean] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Clean]) -> Clean:
        """What is kept under `key`, made if there is nothing. Two who ask at once may both make it."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made = make()
        with self._lock:
            if key not in self._found:
                self._found[key] = made
                self._size += _size(made)
            while self._size > self._most:
                self._size -= _size(self._found.popitem(last=False)[1])
        return made


def _size(letter: Clean) -> int:
    return len(letter.markup) + len(letter.style) + len(letter.dark_style) + len(letter.light_style) + 500
