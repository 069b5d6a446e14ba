"""What rules do by the clock."""

from __future__ import annotations

import structlog

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import end_reading
from eventhub.foundation.jobs import each_minute

from . import queries, services

log = structlog.get_logger()


@each_minute
def look() -> None:
    """Write down the moments that have come, event by event: what is wrong with one keeps no other waiting.

    Where none has come, as nearly always, it is only looked, and on SQLite nobody has to wait for us.
    """
    for event_id in queries.list_due_events(clock.now()):
        try:
            if services.has_moments(event_id):
                services.note_moments(SYSTEM, event_id)
        except Exception as error:  # noqa: BLE001 - whatever it was, in a minute it is tried again
            end_reading()
            log.warning("reminders.failed", event_id=str(event_id), error=type(error).__name__)
    for round_id in queries.open_to_latecomers(clock.now()):
        while services.queue_batch(SYSTEM, round_id):
            pass
