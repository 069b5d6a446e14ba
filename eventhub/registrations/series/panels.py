"""What registrations for series show on a series' page, and on that of a registration for one event."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import g, render_template

from eventhub.events.models import Event, Series
from eventhub.foundation.zones import ReaderZone
from eventhub.registrations.models import Registration

from . import personal, queries


def way_in(series: Series, events: Collection[Event], zone: ReaderZone, **_: Any) -> str | None:
    """The button that leads to the one registration for all or some events, while any is open."""
    own = [event for event in events if event.series_id == series.id]
    found = queries.choices_among(g.actor, own)
    if not found:
        return None
    query = f"?zone={zone.name}" if zone.name else ""
    return render_template("registrations/_series_way_in.html", series=series, number=len(found), query=query)


def of_registration(registration: Registration, token: str, zone: ReaderZone, **_: Any) -> str | None:
    """That the event is one of those for which its person registered as a series, and how they get to all of them.

    It does not lead there: whoever was given the link to one event, or has found it, shall not have the others by it.
    """
    found = queries.list_coming(personal.all_of(registration))
    if not found:
        return None
    return render_template("registrations/_own_series.html", registrations=found, token=token, zone=zone)
