"""Showing somebody else's public event in a series of one's own."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext
from sqlalchemy.orm.attributes import flag_modified

from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, get, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.permissions import require

from . import policy, queries
from .models import AlsoListed, Event, Series
from .signals import EventChanged, SeriesChanged


@use_case
def list_event(actor: Actor, series_id: UUID, slug: str) -> Event:
    """The event of a slug, shown in the series as well; whoever runs the event may take it out again.

    Raises Invalid where no public event has this slug: what else there is, nobody learns here.
    """
    series = _editable(actor, series_id)
    found = queries.find_event(slug)
    if found is None or not policy.may_find_event(actor, found):
        raise Invalid("slug", gettext("There is no public event at this address."))
    event = get(Event, found.id, lock=True)
    if series.id not in queries.series_of(event):
        event.also_listed.append(AlsoListed(series_id=series.id))
        _tell(event, series)
    return event


@use_case
def unlist_event(actor: Actor, series_id: UUID, event_id: UUID) -> Event:
    """The event, no more shown in a series to which it does not belong."""
    series = _editable(actor, series_id)
    event = get(Event, event_id, lock=True)
    kept = [row for row in event.also_listed if row.series_id != series.id]
    if kept != event.also_listed:
        event.also_listed = kept
        _tell(event, series)
    return event


def _editable(actor: Actor, series_id: UUID) -> Series:
    series = get(Series, series_id, lock=True)
    require(policy.may_edit_series(actor, series), hidden=True)
    return series


def _tell(event: Event, series: Series) -> None:
    flag_modified(event, "organisation_id")  # where it is listed is part of the row that people edit
    announce(EventChanged(event.id, ("also_listed",)))
    announce(SeriesChanged(series.id))
