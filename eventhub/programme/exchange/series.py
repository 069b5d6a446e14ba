"""A calendar as the events of a series: looked at, taken over at once or not at all, and followed into drafts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from eventhub.events import services as events
from eventhub.events.models import Event, Series
from eventhub.events.policy import may_edit_event, may_edit_series
from eventhub.events.services import Header
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, db, get, use_case
from eventhub.foundation.errors import Conflict, Stale, Unreadable
from eventhub.foundation.i18n import EMPTY
from eventhub.foundation.permissions import require
from eventhub.foundation.web import settings

from . import ics, identity, origins
from .entries import Entry, Reading
from .following import kept_from
from .models import EventOrigin
from .reading import warned
from .recurrence import Bounds
from .signals import SeriesImported
from .survey import edited_text, folded
from .words import ERRORS

_YEAR = timedelta(days=366)
MOST = 300  # events in one calendar: no series is longer, and each is a page of its own
PARTS = ("title", "description", "starts", "ends", "venue")
_CALLED_OFF = ("published", "postponed")


@dataclass(frozen=True, slots=True)
class EventLine:
    """One entry: the event that it is, if there is one, and what becomes of it; `origin` is what is known of it."""

    entry: Entry
    event: Event | None
    header: Header
    what: tuple[str, ...] = ()
    cancels: bool = False
    is_stale: bool = False
    origin: EventOrigin | None = None

    @property
    def is_new(self) -> bool:
        """Whether an event comes into the series."""
        return self.event is None

    @property
    def is_changed(self) -> bool:
        """Whether an event that is there becomes another."""
        return self.event is not None and bool(self.what)


@dataclass(frozen=True, slots=True)
class SeriesSurvey:
    """All that taking a calendar over would do to a series."""

    lines: tuple[EventLine, ...]

    @property
    def new(self) -> list[EventLine]:
        """The events that come."""
        return [line for line in self.lines if line.is_new]

    @property
    def changed(self) -> list[EventLine]:
        """The events that become others."""
        return [line for line in self.lines if line.is_changed]

    @property
    def cancelled(self) -> list[EventLine]:
        """The public events that the calendar calls off."""
        return [line for line in self.lines if line.cancels]

    @property
    def unchanged(self) -> int:
        """How many entries are in the series as the calendar has them."""
        return sum(1 for line in self.lines if not (line.is_new or line.is_changed or line.cancels))

    @property
    def fingerprint(self) -> str:
        """What tells whether somebody who confirms has seen just these changes of just these events."""
        told = [
            (line.entry.key, (str(line.event.id), line.event.version) if line.event else None, line.what, line.cancels)
            for line in self.lines
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


def read(data: bytes, zone: str) -> Reading:
    """What a calendar says of events, by the clock of a zone; Unreadable where it is none, or far too long."""
    if not data.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper().startswith(b"BEGIN:VCALENDAR"):
        raise Unreadable(gettext("This is no calendar: an .ics file begins with BEGIN:VCALENDAR."))
    reading = ics.read(
        data, zone, Bounds(clock.now() - _YEAR, clock.now() + _YEAR), domain=settings().calendar_domain, of_events=True
    )
    if len(reading.entries) > MOST:
        raise Unreadable(gettext("The calendar has more than %(most)s events.", most=MOST))
    return warned(reading)


def usual_header(series: Series) -> Header:
    """What is assumed of a new event of a series of which a calendar does not tell: as the newest one is."""
    query = select(Event).where(Event.series_id == series.id).order_by(Event.starts_at.desc().nulls_last()).limit(1)
    newest = db.session.scalar(query)
    if newest is None:
        return Header(kind="webinar", mode="online", title=EMPTY, zone="Asia/Shanghai", series_id=series.id)
    return replace(
        _header_of(newest),
        title=EMPTY, summary=EMPTY, description=EMPTY, note=EMPTY, starts=None, ends=None, venue=EMPTY,
        venue_address=EMPTY, registration_opens_at=None, registration_closes_at=None, parent_id=None,
        parent_name=EMPTY, parent_dates=EMPTY, parent_url=None,
    )  # fmt: skip


def survey_series(series: Series, reading: Reading) -> SeriesSurvey:
    """What taking a calendar over would change, as the series is now."""
    known = origins_in(series)
    entries = identity.spread(reading.entries, names_in(series, known))
    found = _match(series, entries, reading.zone, known)
    usual = replace(usual_header(series), zone=reading.zone)
    lines = []
    for number, entry in enumerate(entries):
        event = found.get(number)
        if event is None:
            if not entry.is_cancelled:
                lines.append(EventLine(entry, None, _with(usual, entry, reading)))
            continue
        before, origin = _header_of(event), known.get(event.id)
        if origin and origin.series_id == series.id and origins.is_older(entry, origin, origin.foreign_id):
            lines.append(EventLine(entry, event, before, is_stale=True, origin=origin))
            continue
        header = _with(before, entry, reading)
        what = tuple(part for part in PARTS if not clock.is_same(getattr(before, part), getattr(header, part)))
        cancels = entry.is_cancelled and event.status in _CALLED_OFF
        lines.append(EventLine(entry, event, header, what, cancels, origin=origin))
    return SeriesSurvey(tuple(lines))


@use_case
def import_events(
    actor: Actor, series_id: UUID, reading: Reading, *, cancel: Collection[UUID] = (), seen: str | None = None
) -> SeriesImported:
    """The series with what a calendar says: new events as drafts; of those it calls off only `cancel` are announced.

    Raises Stale where what it would change is not what was `seen`, Conflict where there are errors in the calendar, and
    Forbidden where one of its events is not the actor's to change.
    """
    series = get(Series, series_id, lock=True)
    require(may_edit_series(actor, series), hidden=True)
    if any(problem.what in ERRORS for problem in reading.problems):
        raise Conflict(gettext("There are errors in the calendar. Nothing of it is imported."))
    found = survey_series(series, reading)
    if seen is not None and seen != found.fingerprint:
        raise Stale(gettext("The series has changed since you looked at it. Nothing is imported yet."))
    require(all(may_edit_event(actor, line.event) for line in found.changed if line.event))
    for line in found.lines:
        if line.is_stale:
            continue
        event = line.event
        if event is None:
            event = events.add_event(actor, series.organisation_id, line.header)
        elif line.what:
            event = events.change_event(actor, event.id, line.header)
        _note(series, event, line)
    off = [line.event.id for line in found.cancelled if line.event and line.event.id in cancel]
    for event_id in off:
        events.cancel_event(actor, event_id)
    fact = SeriesImported(series.id, len(found.new), len(found.changed), len(off))
    announce(fact)
    return fact


def follow_series(actor: Actor, series: Series, before: Reading, now: Reading) -> tuple[list[dict[str, Any]], Reading]:
    """Let the drafts of a series follow a calendar; only inside a use-case.

    Told is what was done and what waits, and what is known of the calendar from now on. What is public already waits
    for a person: a change of its header would be seen, and written about, at once.
    """
    names = names_in(series, origins_in(series))
    old = {entry.key: entry for entry in identity.spread(before.entries, names)} if before.zone == now.zone else {}
    told: list[dict[str, Any]] = []
    stale = []
    lines = survey_series(series, now).lines
    for line in lines:
        key = line.entry.key
        was = old.get(key) or old.get(line.origin.foreign_id if line.origin else "")
        if line.is_stale:
            stale.append((line.entry, was, line.header.title))
            continue
        if line.event is None:
            event = events.add_event(actor, series.organisation_id, line.header)
            told.append(_told("new", event, key))
        else:
            event = line.event
            follows, held = _parted(line, was, before)
            if follows:
                here = _header_of(event)
                events.change_event(actor, event.id, replace(here, **{n: getattr(line.header, n) for n in follows}))
                told.append(_told("changed", event, key, follows))
            if held:
                told.append(_told("held", event, key, held))
            if line.cancels and not (was and was.is_cancelled):
                told.append(_told("cancelled", event, key))
            if held:
                if line.origin and line.origin.series_id == series.id:
                    line.origin.foreign_id = key  # its series was moved: it is called so from now on
                continue
        _note(series, event, line)
    gone = old.keys() - {line.entry.key for line in lines}
    rows = db.session.execute(
        select(Event, EventOrigin.foreign_id).join(EventOrigin, EventOrigin.event_id == Event.id)
        .where(EventOrigin.series_id == series.id, EventOrigin.foreign_id.in_(gone))
    )  # fmt: skip
    # What is over leaves calendars by itself, and what we read of them after a year: that is no news.
    there = {line.event.id for line in lines if line.event}
    told += [_told("gone", event, key) for event, key in rows if not event.is_over() and event.id not in there]
    return told, kept_from(before, now, stale)


def take_event_over(actor: Actor, series: Series, event_id: UUID, reading: Reading, version: int | None) -> None:
    """An event as the calendar has it, at once; only inside a use-case.

    Raises Stale where somebody saved it since `version`.
    """
    line = next((one for one in survey_series(series, reading).changed if one.event and one.event.id == event_id), None)
    if line is not None and line.event is not None:
        events.change_event(actor, line.event.id, line.header, version=version)
        _note(series, line.event, line)


def _parted(line: EventLine, old: Entry | None, before: Reading) -> tuple[list[str], list[str]]:
    """Which parts of an event follow by themselves, and which wait for a person."""
    assert line.event
    here = _header_of(line.event)
    was = _with(here, old, before) if old else None
    new = [
        part for part in line.what if was is None or not clock.is_same(getattr(was, part), getattr(line.header, part))
    ]
    own = {part for part in new if was is None or not clock.is_same(getattr(was, part), getattr(here, part))}
    if line.event.status != "draft":
        own = set(new)
    elif own & {"starts", "ends"}:
        own |= {"starts", "ends"} & set(new)
    return [part for part in new if part not in own], [part for part in new if part in own]


def _told(what: str, event: Event, key: str, parts: Sequence[str] = ()) -> dict[str, Any]:
    about = {"key": key, "title": event.title.as_json(), "event": str(event.id)}
    return {"what": what, **about, "parts": list(parts)}


def _header_of(event: Event) -> Header:
    return Header(**{column.name: getattr(event, column.name) for column in fields(Header)})


def _with(header: Header, entry: Entry, reading: Reading) -> Header:
    """A header with what an entry says; its hours are told by the header's own clock."""
    venue = reading.rooms[entry.room].name if entry.room else EMPTY
    if entry.is_of_days:
        hours = _on_days(header, entry)
    else:
        hours = [at and _by_clock(at, reading.zone, header.zone) for at in (entry.starts, entry.ends)]
    language = header.main_language
    if not header.title:
        language = entry.title.source or language
    return replace(
        header,
        main_language=language,
        title=edited_text(header.title, entry.title),
        description=edited_text(header.description, entry.abstract),
        venue=edited_text(header.venue, venue),
        mode="hybrid" if venue and not header.title and header.mode == "online" else header.mode,
        starts=hours[0] or header.starts,
        ends=hours[1] or header.ends,
    )


def _on_days(header: Header, entry: Entry) -> list[datetime | None]:
    """The days that an entry tells, at the hours that its event has already: the calendar knows none."""
    told = [entry.starts, entry.ends]
    here = (header.starts, header.ends)
    hours = [datetime.combine(there.date(), at.time()) for at, there in zip(here, told, strict=True) if at and there]
    if len(hours) < 2 or hours[1] <= hours[0] or any(clock.is_skipped(at, header.zone) for at in hours):
        return told
    return list(hours)


def _by_clock(at: datetime, zone: str, other: str) -> datetime:
    return at if zone == other else clock.wall(clock.instant(at, zone), other)


def origins_in(series: Series) -> Mapping[UUID, EventOrigin]:
    """What is known of the entries from which its events came, by these; also of those that came to another series."""
    query = select(EventOrigin).join(Event, Event.id == EventOrigin.event_id).where(Event.series_id == series.id)
    return {row.event_id: row for row in db.session.scalars(query)}


def names_in(series: Series, known: Mapping[UUID, EventOrigin]) -> set[str]:
    """What a calendar calls the events that came from it to a series."""
    return {row.foreign_id for row in known.values() if row.series_id == series.id}


def _match(series: Series, entries: Sequence[Entry], zone: str, known: Mapping[UUID, EventOrigin]) -> dict[int, Event]:
    """Which event each entry is: by its UID, though moved with all of them, by our own id, else by title and start."""
    query = select(Event).options(selectinload(Event.partners)).where(Event.series_id == series.id)
    rows = list(db.session.scalars(query.order_by(Event.created_at, Event.id)))
    own = {event_id: row for event_id, row in known.items() if row.series_id == series.id}
    by_id = {event.id: event for event in rows}
    by_key = {row.foreign_id: by_id[event_id] for event_id, row in own.items() if event_id in by_id}
    by_face = {
        (folded(text), event.starts_at): event
        for event in rows
        for text in event.title.texts.values()
        if event.id not in own
    }
    found: dict[int, Event] = {}
    taken: set[UUID] = set()
    moved = identity.paired(by_key, [entry.key for entry in entries])
    for number, entry in enumerate(entries):
        begins = clock.instant(entry.starts, zone) if entry.starts else None
        faces = [(folded(text), begins) for text in entry.title.texts.values()]
        event = by_key.get(moved.get(entry.key, entry.key)) or (by_id.get(entry.id) if entry.id else None)
        event = event or next((by_face[face] for face in faces if face in by_face), None)
        if event is not None and event.id not in taken:
            found[number] = event
            taken.add(event.id)
    return found


def _note(series: Series, event: Event, line: EventLine) -> None:
    if line.entry.id is not None:
        return  # our own feed
    row = line.origin
    if row is None:
        row = EventOrigin(event_id=event.id)
        db.session.add(row)
    row.series_id, row.foreign_id = series.id, line.entry.key
    origins.write(row, line.entry)
