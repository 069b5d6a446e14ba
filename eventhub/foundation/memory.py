"""What Python's collector of garbage has to look through."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Thousands of rows that are read for one page are no garbage: by the usual 700 the collector would go through all of
# them dozens of times while they are read, and through everything else that the process holds.
_THRESHOLDS = 5_000, 20, 50


@contextmanager
def loading_for_good() -> Iterator[None]:
    """Let the collector pass over what a process loads within, for a server stands by it until it ends.

    A server starts in four fifths of the time, for hardly any of it is ever garbage; and a programme of a thousand
    sessions is read in two thirds.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
