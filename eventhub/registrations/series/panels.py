"""What registrations show on a series' page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import g, render_template

from eventhub.events.models import Event, Series
from eventhub.foundation.zones import ReaderZone

from . import queries


def way_in(series: Series, events: Collection[Event], zone: ReaderZone, **_: Any) -> str | None:
    """The button that leads to the one registration for all or some events, while any is open."""
    own = [event for event in events if event.series_id == series.id]
    found = queries.choices_among(g.actor, own)
    if not found:
        return None
    query = f"?zone={zone.name}" if zone.name else ""
    return render_template("registrations/_series_way_in.html", series=series, number=len(found), query=query)
