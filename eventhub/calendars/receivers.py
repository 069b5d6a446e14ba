"""What calendars do when a programme, an event or a series changes."""

from __future__ import annotations

from eventhub.calendars import services
from eventhub.events.signals import SeriesChanged
from eventhub.foundation.actor import SYSTEM
from eventhub.foundation.db import receives
from eventhub.programme.signals import PublicStateChanged


@receives(PublicStateChanged)
def follow_public_state(fact: PublicStateChanged) -> None:
    """What the public sees, calendars show."""
    services.follow_event(SYSTEM, fact.event_id, fact.session_ids, whole=fact.whole)


@receives(SeriesChanged)
def follow_series(fact: SeriesChanged) -> None:
    """A series has a feed from the beginning."""
    services.follow_series(SYSTEM, fact.series_id)
