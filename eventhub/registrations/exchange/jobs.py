"""What runs by the clock: lists whose day is over go."""

from __future__ import annotations

from eventhub.foundation import jobs
from eventhub.foundation.actor import SYSTEM

from . import orders


@jobs.each_minute
def forget_lists() -> None:
    """Let go of lists that were sent or asked for a day ago."""
    if orders.has_old():  # else nobody need wait for a turn to write
        orders.forget_old(SYSTEM)
