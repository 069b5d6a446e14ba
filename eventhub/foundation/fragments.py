"""What is dear to render and the same for everybody, kept in this process: parts of pages, and documents."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from markupsafe import Markup

Part = TypeVar("Part", str, Markup, bytes)


class Shelf(Generic[Part]):
    """Rendered parts up to a size in bytes; those not asked for longest go first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._parts: OrderedDict[Hashable, Part] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Hashable, render: Callable[[], Part]) -> Part:
        """The part of a key, rendered now where it is not kept; the key must name all that it depends on."""
        with self._lock:
            part = self._parts.get(key)
            if part is not None:
                self._parts.move_to_end(key)
                return part
        part = render()
        with self._lock:
            if key not in self._parts:
                self._parts[key] = part
                self._size += _weight(part)
            while self._size > self._room and self._parts:
                self._size -= _weight(self._parts.popitem(last=False)[1])
        return part


# What is the same in the forms of everybody who has not begun to fill them in: some kilobytes each.
_parts: Shelf[Markup] = Shelf(2 * 1024 * 1024)


def render_once(key: Hashable, caller: Callable[[], Markup]) -> Markup:
    """The block of a `call` in a template, rendered once for a key that names all it depends on; always without one."""
    return _parts.get(key, caller) if key else caller()


def _weight(part: str | bytes) -> int:
    if isinstance(part, bytes):
        return len(part)
    # A text with one Chinese character in it takes two bytes for each of its letters.
    return len(part) * (1 if part.isascii() else 2)
