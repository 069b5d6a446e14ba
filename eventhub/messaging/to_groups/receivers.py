"""What becomes of letters to groups when their event does not take place as it was planned."""

from __future__ import annotations

from eventhub.events.signals import EventCancelled, EventPostponed
from eventhub.foundation.db import receives

from . import services


@receives(EventPostponed, EventCancelled)
def stop_what_waits(fact: EventPostponed | EventCancelled) -> None:
    """What has not gone out to all yet, as “see you tomorrow”, is not so any more."""
    services.stop_under_way(fact.event_id)
