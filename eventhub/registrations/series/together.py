"""One letter instead of ten: what a use-case does at many events of a series is told by a letter about all of it."""

from __future__ import annotations

from eventhub.foundation.db import own_memory

_KEY = "told together"


def tell_together() -> None:
    """Let no single letter go to the person who acts: the use-case under way announces a fact about the whole."""
    memory = own_memory()
    assert memory is not None  # it is called by use-cases
    memory[_KEY] = True


def is_told_together() -> bool:
    """Whether what has just happened to somebody's own places is told by a letter about the whole series."""
    return bool((own_memory() or {}).get(_KEY))
