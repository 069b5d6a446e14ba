"""What runs by the clock: devices on which nothing comes any more."""

from __future__ import annotations

from eventhub.foundation import jobs
from eventhub.foundation.actor import SYSTEM

from . import services


@jobs.each_night
def forget() -> None:
    """Forget the devices of events that are long over."""
    services.forget_old(SYSTEM)
