"""Reading feeds: plain rows and kept bytes, without a mapped object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select

from eventhub.calendars.ical import Component, Standing
from eventhub.calendars.models import CalendarComponent, CalendarEntry, CalendarFeed, CalendarListing
from eventhub.foundation import links
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated
from eventhub.foundation.links import NOWHERE
from eventhub.foundation.slugs import id_of_old_slug
from eventhub.registrations.models import Place, Registration

MOST_IN_ALL = 1000  # entries, so that no more are read than the feed of all can hold
WAITING = {"unverified", "pending", "waitlisted", "offered"}


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed's address, name and revision."""

    id: UUID
    kind: str
    scope_id: UUID
    path: str
    name: Translated
    zone: str | None
    revision: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PersonalFeed:
    """The feed of one registration: its event's feed, and how the person's place stands since when."""

    feed: FeedRow
    standing: Standing
    since: datetime


SITE_NAME = Translated.of("en", en="EventHub", zh="EventHub")
# The feed of all events on a new site, which is there before the first of them.
NOTHING_YET = FeedRow(NOWHERE, "all", NOWHERE, "", SITE_NAME, None, 0, datetime(1970, 1, 1, tzinfo=UTC))

_feed = select(
    CalendarFeed.id,
    CalendarFeed.kind,
    CalendarFeed.scope_id,
    CalendarFeed.path,
    CalendarFeed.name,
    CalendarFeed.zone,
    CalendarFeed.revision,
    CalendarFeed.changed_at,
)


def find_open_feed(path: str) -> FeedRow | None:
    """The feed that anybody may read at an address, also at a former one of its event, series or person."""
    feed = _find(CalendarFeed.path == path, CalendarFeed.is_open.is_(True))
    if feed is not None and feed.kind == "person" and not _is_in_use(feed):
        return None  # whose events have all been hidden is not named any more
    if feed is None and not path:
        return NOTHING_YET
    if feed is None:
        table, slug, *rest = path.split("/")
        if owner_id := id_of_old_slug(table, slug):
            owner = db.session.scalar(
                select(CalendarFeed.path).where(CalendarFeed.scope_id == owner_id, CalendarFeed.is_open)
            )
            feed = _find(CalendarFeed.path == "/".join([owner or "", *rest]), CalendarFeed.is_open.is_(True))
    return feed


def find_personal_feed(token: str) -> PersonalFeed | None:
    """The feed that a private calendar link opens, or None where it opens none (any more)."""
    registration_id = links.row_id_of(token)
    found = db.session.execute(
        select(Registration.event_id, Registration.calendar_number).where(Registration.id == registration_id)
    ).one_or_none()
    version = found.calendar_number if found else None
    if not links.is_genuine("calendar", token, registration_id if found else None, version) or found is None:
        return None
    places = db.session.execute(
        select(Place.state, Place.state_since).where(Place.registration_id == registration_id)
    ).all()
    feed = _find(CalendarFeed.kind == "event", CalendarFeed.scope_id == found.event_id)
    if feed is None or not places:
        return None
    return PersonalFeed(feed, standing_of(*(p.state for p in places)), max(place.state_since for place in places))


def standing_of(*states: str) -> Standing:
    """How sure somebody is to take part whose places are in these states."""
    if "confirmed" in states:
        return Standing.CONFIRMED
    return Standing.WAITING if WAITING & set(states) else Standing.CANCELLED


def list_components(kind: str, scope_id: UUID, lang: str) -> list[Component]:
    """The kept components of a feed in a language, in order; the far end of the feed of all is cut where too long."""
    query = (
        _components(lang)
        .join(CalendarListing, CalendarListing.entry_id == CalendarEntry.id)
        .where(CalendarListing.kind == kind, CalendarListing.scope_id == scope_id)
        .order_by(CalendarEntry.starts_at, CalendarEntry.uid)
    )
    if kind == "all":
        query = query.limit(MOST_IN_ALL)
    return [_component(row) for row in db.session.execute(query)]


def find_component(event_id: UUID, lang: str, session_id: UUID | None = None) -> Component | None:
    """The kept component of an event's own entry, or of one of its sessions."""
    query = _components(lang).where(CalendarEntry.event_id == event_id, CalendarEntry.session_id == session_id)
    found = db.session.execute(query).one_or_none()
    return _component(found) if found else None


def _is_in_use(feed: FeedRow) -> bool:
    listed = select(CalendarListing.entry_id).where(
        CalendarListing.kind == feed.kind, CalendarListing.scope_id == feed.scope_id
    )
    return db.session.scalar(listed.limit(1)) is not None


def _components(lang: str) -> Select[str, datetime, datetime, str | None, bytes]:
    return (
        select(
            CalendarEntry.uid,
            CalendarEntry.starts_at,
            CalendarEntry.ends_at,
            CalendarEntry.zone,
            CalendarComponent.body,
        )
        .join(CalendarComponent, CalendarComponent.entry_id == CalendarEntry.id)
        .where(CalendarComponent.language == lang)
    )


def _component(row: Row[str, datetime, datetime, str | None, bytes]) -> Component:
    return Component(row.uid, row.starts_at, row.ends_at, row.zone, row.body)


def _find(*conditions: ColumnElement[bool]) -> FeedRow | None:
    found = db.session.execute(_feed.where(*conditions)).one_or_none()
    if found is None or found.path is None:
        return None
    return FeedRow(
        found.id, found.kind, found.scope_id, found.path, found.name, found.zone, found.revision, found.changed_at
    )
