"""What programmes do by the clock."""

from __future__ import annotations

from eventhub.foundation import jobs
from eventhub.foundation.actor import SYSTEM

from . import services


@jobs.each_night
def follow_zone_rules() -> None:
    """Move the instants of future sessions whose zone has new rules, also where their event's own hours stay."""
    services.follow_zone_rules(SYSTEM)
