"""What calendars do in the night."""

from __future__ import annotations

from eventhub.calendars import services
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.jobs import each_night


@each_night
def tidy_calendars() -> None:
    """Move the windows of the feeds, and write entries of an older format anew, one event at a time."""
    services.tidy(SYSTEM)
    for event_id in services.list_outdated():
        services.follow_event(SYSTEM, event_id, whole=True)
