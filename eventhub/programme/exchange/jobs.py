"""What the exchange of programmes does by the clock."""

from __future__ import annotations

from time import monotonic
from uuid import UUID

import structlog
from flask_babel import force_locale

from eventhub.foundation import fetching
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import end_reading
from eventhub.foundation.errors import DomainError, Stale, Unreadable
from eventhub.foundation.fetching import Unfetched
from eventhub.foundation.jobs import each_minute, each_night

from . import keeping, reading, series, subscriptions
from .entries import Reading
from .models import Subscription
from .subscriptions import Source

log = structlog.get_logger()
# The one worker of a small site has letters to send as well: what is left over waits for the next minute.
PATIENCE = 15.0  # seconds


@each_night
def sweep_imports() -> None:
    """Let go of files that were looked at and never imported."""
    keeping.sweep()


@each_minute
def refresh_calendars() -> None:
    """Look at the calendars that are due, one after the other and each by one worker."""
    until = monotonic() + PATIENCE
    while monotonic() < until and (row := subscriptions.lease_next(SYSTEM)) is not None:
        refresh(row)


def refresh(row: Subscription) -> None:
    """Look at one calendar, without holding the database meanwhile, and follow it."""
    row_id, leased_until = row.id, row.due_at
    source = Source(subscriptions.address_of(row), row.etag, row.modified)
    if subscriptions.is_of_another_zone(row):
        source = Source(source.address)  # it is read anew though it is the same
    end_reading()
    try:
        with force_locale("en"):  # what is raised is kept by its kind, and told in the reader's words
            found = fetching.fetch(source.address, etag=source.etag, modified=source.modified)
            if found is None:
                subscriptions.refresh(SYSTEM, row_id, leased_until, None, None)
                return
            read = _read(row_id, found.data)
            if read is not None:
                subscriptions.refresh(SYSTEM, row_id, leased_until, read, Source.of(source.address, found))
    except Unfetched as error:
        subscriptions.fail(SYSTEM, row_id, leased_until, error.reason)
    except Stale:
        return  # somebody has just saved what would follow: it is looked at again once the lease is over
    except Unreadable:
        subscriptions.fail(SYSTEM, row_id, leased_until, "unreadable")
    except DomainError:
        subscriptions.fail(SYSTEM, row_id, leased_until, "errors")
    except Exception as error:  # noqa: BLE001 - one calendar that nobody foresaw must not keep the others from theirs
        log.warning("calendar.failed", subscription_id=str(row_id), error=type(error).__name__)
        end_reading()
        subscriptions.fail(SYSTEM, row_id, leased_until, "odd")


def _read(row_id: UUID, data: bytes) -> Reading | None:
    row = subscriptions.find(row_id)
    if row is None:
        return None
    if row.event is not None:
        return reading.read_calendar(data, row.event)
    return series.read(data, row.zone)
