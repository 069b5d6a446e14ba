"""What rules do by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import end_reading
from eventhub.foundation.jobs import each_minute, last_end

from . import queries, services

log = structlog.get_logger()


@each_minute
def look() -> None:
    """Write down the moments that have come, event by event: what is wrong with one keeps no other waiting.

    Where none has come, as nearly always, it is only looked, and on SQLite nobody has to wait for us.
    """
    looked_at = last_end(look)
    for event_id in queries.list_due_events(clock.now()):
        with _alone(event_id=event_id):
            if services.has_moments(event_id):
                services.note_moments(SYSTEM, event_id, looked_at)
    for round_id in queries.open_to_latecomers(clock.now()):
        with _alone(round_id=round_id):
            while services.queue_batch(SYSTEM, round_id):
                pass


@contextmanager
def _alone(**what: UUID) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it was, in a minute it is tried again
        end_reading()
        log.warning("reminders.failed", error=type(error).__name__, **{key: str(value) for key, value in what.items()})
