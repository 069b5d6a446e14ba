"""Events that are added to a series, offered to those who want the whole of it: never taken for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from eventhub.events.models import Event, Series
from eventhub.foundation import clock
from eventhub.foundation.actor import SYSTEM, VISITOR, Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.registrations.models import Place, Registration

from . import queries
from .models import SeriesEntry, SeriesRegistration
from .services import live_of
from .signals import SeriesEventsOffered

# How many people one transaction asks.
BATCH = 100
# An organiser who publishes several events in a row writes one letter.
SETTLING = timedelta(minutes=5)


def offer_all() -> None:
    """Offer what has been added, or has opened, series by series and batch by batch.

    That a person was asked is kept beside the letter's order: whoever begins again after a killed worker asks nobody
    twice, and whatever opens by the clock, or moves into the series, is found like what is published.
    """
    wanted = select(SeriesRegistration.id).where(
        SeriesRegistration.series_id == Series.id, SeriesRegistration.wants_all
    )
    coming = select(Event.id).where(
        Event.series_id == Series.id,
        Event.status == "published",
        func.coalesce(Event.ends_at, Event.starts_at).is_(None)
        | (func.coalesce(Event.ends_at, Event.starts_at) > clock.now()),
    )
    for series_id in db.session.scalars(select(Series.id).where(wanted.exists(), coming.exists())).all():
        while offer(SYSTEM, series_id):
            pass


@use_case
def offer(actor: Actor, series_id: UUID) -> int:
    """The next people asked by one letter each about all that they have not been asked yet; how many people."""
    settled = clock.now() - SETTLING
    found = [
        choice.event
        for choice in queries.choices_among(VISITOR, queries.list_own(get(Series, series_id)))
        if choice.event.published_at is None or choice.event.published_at <= settled
    ]
    if not found:
        return 0
    ids = [event.id for event in found]
    people = _not_asked(series_id, ids)
    for registration in people:
        asked = {entry.event_id for entry in registration.entries}
        new = [event_id for event_id in ids if event_id not in asked]
        has = live_of(registration.address, new)
        for event_id in new:
            answer = "chosen" if event_id in has else "offered"
            registration.entries.append(SeriesEntry(event_id=event_id, answer=answer))
        if event_ids := tuple(event_id for event_id in new if event_id not in has):
            announce(SeriesEventsOffered(series_id, registration.id, event_ids))
    return len(people)


def _not_asked(series_id: UUID, event_ids: Collection[UUID]) -> list[SeriesRegistration]:
    answered = (
        select(func.count(SeriesEntry.id))
        .where(SeriesEntry.series_registration_id == SeriesRegistration.id, SeriesEntry.event_id.in_(event_ids))
        .scalar_subquery()
    )
    # Whose address a stranger wrote is not asked again and again: they have shown it to be theirs, or have a place.
    is_theirs = (
        select(Registration.id)
        .join(Registration.event)
        .join(Registration.places)
        .where(Registration.address == SeriesRegistration.address, Event.series_id == series_id)
        .where(Registration.verified_at.is_not(None) | (Place.state == "confirmed"))
        .exists()
    )
    query = (
        select(SeriesRegistration)
        .where(SeriesRegistration.series_id == series_id, SeriesRegistration.wants_all, answered < len(event_ids))
        .where(is_theirs)
        .order_by(SeriesRegistration.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))
