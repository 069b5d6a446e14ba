"""All that one person has registered for in a series, under one address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from eventhub.calendars import ical, queries
from eventhub.calendars.ical import Component
from eventhub.calendars.models import CalendarFeed
from eventhub.calendars.queries import FeedRow
from eventhub.foundation import links
from eventhub.foundation.db import db
from eventhub.registrations.models import Registration
from eventhub.registrations.series import queries as series_queries
from eventhub.registrations.series.models import SeriesRegistration

PURPOSE = "series_calendar"
# Beyond so many a letter carries the events' own entries alone, without their sessions.
MOST_IN_LETTER = 120


def find(token: str) -> SeriesRegistration | None:
    """The registration for a series that a private calendar link opens, or None where it opens none (any more)."""
    found = db.session.get(SeriesRegistration, links.row_id_of(token))
    row_id, number = (found.id, found.calendar_number) if found else (None, None)
    return found if links.is_genuine(PURPOSE, token, row_id, number) else None


def feed_of(registration: SeriesRegistration, lang: str) -> tuple[FeedRow, list[Component]]:
    """The feed's head and its entries: those of each event as the person's own feed of it has them.

    The number of questions is the same, however many events there are.
    """
    rows = series_queries.list_registrations(registration)
    components, since = _components(rows, lang)
    series = registration.series
    feeds = select(CalendarFeed.changed_at).where(
        or_(
            and_(CalendarFeed.kind == "event", CalendarFeed.scope_id.in_([row.event_id for row in rows])),
            and_(CalendarFeed.kind == "series", CalendarFeed.scope_id == series.id),  # changes with its name
        )
    )
    changed_at = max([registration.created_at, *since, *db.session.scalars(feeds)])
    zone = rows[0].event.zone if rows else None
    path = f"series/{series.slug}"
    return FeedRow(registration.id, "series", series.id, path, series.title, zone, 0, changed_at), components


def attachment_for(registration: SeriesRegistration, lang: str, event_ids: Collection[UUID]) -> bytes | None:
    """Some of somebody's events as a letter's .ics file, as `attachments.attachment_for`; None while none is public."""
    rows = [row for row in series_queries.list_registrations(registration) if row.event_id in event_ids]
    components, _ = _components(rows, lang)
    if len(components) > MOST_IN_LETTER:
        components = [ical.with_hours(one) for one in components if one.uid.startswith("event-")]
    return ical.publication(lang, components) if components else None


def _components(rows: Collection[Registration], lang: str) -> tuple[list[Component], list[datetime]]:
    shares = queries.shares_of_registrations([row.id for row in rows])
    kept = queries.list_components_of([row.event_id for row in rows], lang)
    found = [
        queries.personal(component, lang, share)
        for row in rows
        for share in shares.get(row.id, ())
        for session_id, component in kept.get(row.event_id, [])
        if share.holds(session_id)
    ]
    return found, [share.since for one in shares.values() for share in one]
