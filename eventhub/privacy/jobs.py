"""What is kept until a day and no longer, by the clock."""

from __future__ import annotations

from datetime import timedelta

from eventhub.foundation import clock, jobs
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import tidy

from . import keeping, services, traces


@jobs.each_night
def erase_due() -> None:
    """Erase what was to be kept until today, in batches, then what it left behind in the database's pages.

    At this hour of the night it is, in every zone, once the day that people were told.
    """
    for event_id, kind in keeping.list_due():
        while services.erase_due(SYSTEM, event_id, kind):
            pass
    is_due = False
    while services.erase_unbound(SYSTEM):
        is_due = True
    if is_due or traces.was_erased_since(clock.now() - timedelta(days=2)):
        tidy()
