"""What Python's collector of garbage has to look through, and how many heaps a process keeps."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Thousands of rows that are read for one page are no garbage: by the usual 700 the collector would go through all of
# them dozens of times while they are read, and through everything else that the process holds.
_THRESHOLDS = 5_000, 20, 50
# The C library would give each thread a heap of its own, which keeps what its largest page once took: with eight
# threads 15 of 215 megabytes. Only one of them runs Python at a time.
_M_ARENA_MAX, _HEAPS = -8, 2


@contextmanager
def loading_for_good() -> Iterator[None]:
    """Let the collector pass over what a process loads within, for a server stands by it until it ends.

    A server starts in four fifths of the time, for hardly any of it is ever garbage; and a programme of a thousand
    sessions is read in two thirds. Its threads share two heaps.
    """
    with suppress(OSError, AttributeError):  # another C library, which has no such heaps
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, _HEAPS)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
