"""Where limits are counted as long as one process does so by itself."""

from __future__ import annotations

from time import monotonic
from typing import Any, cast

from limits.storage import MemoryStorage

MEMORY = "calm-memory://"
# What has ended is in nobody's way, but for the memory that it takes.
TIDIED_EVERY = 10.0  # seconds


class CalmMemory(MemoryStorage):
    """The counts of one process, of which those that have ended are forgotten now and then.

    The library's own looks through all of them in a thread of its own after nearly every count: a tenth of what a
    registration takes, and more with each reader.
    """

    STORAGE_SCHEME = [MEMORY.removesuffix("://")]  # noqa: RUF012 - as the library reads it
    _tidies_at = 0.0

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 - as the library calls it
        if (now := monotonic()) >= self._tidies_at:
            self._tidies_at = now + TIDIED_EVERY
            cast(Any, super())._MemoryStorage__schedule_expiry()
