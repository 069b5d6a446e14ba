"""What Python's collector of garbage has to look through."""

from __future__ import annotations

import gc

# Thousands of rows that are read for one page are no garbage: by the usual 700 the collector would go through all of
# them dozens of times while they are read, and through everything else that the process holds.
_THRESHOLDS = 5_000, 20, 50


def keep_for_good() -> None:
    """Let the collector pass over what a process has loaded by now, for a server stands by it until it ends.

    A programme of a thousand sessions is read in two thirds of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
