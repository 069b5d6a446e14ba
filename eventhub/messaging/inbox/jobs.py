"""Reading the mailbox each minute, and forgetting what was read long ago."""

from __future__ import annotations

from datetime import timedelta

from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.jobs import each_minute, each_night
from eventhub.foundation.web import settings

from . import reading, services

KEPT = timedelta(days=365)


@each_minute
def read_inbox() -> None:
    """Read what has come since the last time, where there is a mailbox."""
    if settings().inbox_url:
        reading.read(settings())


@each_night
def forget_messages() -> None:
    """Drop what was kept of messages read a year ago, and the marks of addresses that are as old."""
    services.forget(SYSTEM, clock.now() - KEPT)
