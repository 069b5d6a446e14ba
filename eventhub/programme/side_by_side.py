"""The events of an organisation side by side: their sessions by day and hour in one zone, and where they clash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import defer, joinedload, load_only, selectinload

from eventhub.events.models import Event, Partner
from eventhub.events.queries import run_by
from eventhub.foundation import clock
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import db
from eventhub.foundation.i18n import Translated, format_clock, format_day
from eventhub.people.models import Person
from eventhub.people.names import Names

from .conflict_queries import COMING
from .models import INTERNAL_KINDS, ProgrammeSession, Room, SessionRole

MOST_EVENTS = 12  # columns that anybody can compare
DAYS = 7
# Of a thousand sessions at one time half a million would be told two by two: nobody reads more than these.
MOST_PAIRS, MOST_CLASHES = 20_000, 200


@dataclass(frozen=True, slots=True)
class Slot:
    """A session with its hours by the clock of the reader."""

    session: ProgrammeSession
    event: Event
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A day with its hours, and in each hour the sessions that begin in it, by event."""

    day: date
    hours: Sequence[tuple[str, Sequence[Sequence[Slot]]]]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is on in some days, and what clashes in them; `is_cut`: more does than is told."""

    events: Sequence[Event]
    days: Sequence[Day]
    clashes: Sequence[str]
    meeting: Sequence[tuple[Event, Event]]
    has_more: bool
    is_cut: bool


def sheet(actor: Actor, organisation_id: UUID, first: date, zone: str, lang: str) -> Sheet:
    """The events of an organisation that the actor has a part in running, from a day on for a week.

    Also drafts; the number of questions asked of the database is the same however many there are.
    """
    begin = clock.instant(datetime.combine(first, time()), zone)
    end = clock.instant(datetime.combine(first + timedelta(days=DAYS), time()), zone)
    co_organised = select(Partner.event_id).where(
        Partner.organisation_id == organisation_id, Partner.part == "co_organiser"
    )
    query = (
        select(Event)
        .options(selectinload(Event.partners), joinedload(Event.series))
        .where(run_by(actor), or_(Event.organisation_id == organisation_id, Event.id.in_(co_organised)))
        .where(Event.status != "cancelled", Event.starts_at < end, Event.ends_at > begin)
        .order_by(Event.starts_at, Event.slug)
        .limit(MOST_EVENTS + 1)
    )
    events = db.session.scalars(query).all()
    shown = events[:MOST_EVENTS]
    slots = _slots(shown, begin, end, zone)
    pairs = list(islice(_pairs(slots), MOST_PAIRS))
    # Each two once, in the order of the columns.
    meeting = {tuple(sorted((one.event, other.event), key=shown.index)) for one, other in pairs}
    clashes = list(islice(_each_once(_clashes(pairs, lang)), MOST_CLASHES + 1))
    days = [_day(first + timedelta(days=number), shown, slots) for number in range(DAYS)]
    return Sheet(
        shown,
        [day for day in days if day.hours],
        clashes[:MOST_CLASHES],
        sorted(((one, other) for one, other in meeting), key=lambda two: [*map(shown.index, two)]),
        len(events) > MOST_EVENTS,
        len(clashes) > MOST_CLASHES or len(pairs) == MOST_PAIRS,
    )


def _slots(events: Sequence[Event], begin: datetime, end: datetime, zone: str) -> list[Slot]:
    by_id = {event.id: event for event in events}
    query = (
        select(ProgrammeSession)
        .options(
            defer(ProgrammeSession.abstract),
            selectinload(ProgrammeSession.room).load_only(Room.name, Room.meeting_account, Room.is_virtual),
            selectinload(ProgrammeSession.speakers).options(
                load_only(SessionRole.person_id, SessionRole.state),
                selectinload(SessionRole.person).load_only(Person.names),
            ),
        )
        .where(ProgrammeSession.event_id.in_(by_id), ProgrammeSession.state == "scheduled")
        .where(ProgrammeSession.kind.not_in(INTERNAL_KINDS))
        .where(ProgrammeSession.starts_at < end, ProgrammeSession.ends_at > begin)
        .order_by(ProgrammeSession.starts_at, ProgrammeSession.id)
        .limit(2000)
    )
    return [
        Slot(one, by_id[one.event_id], clock.wall(one.starts_at, zone), clock.wall(one.ends_at, zone))
        for one in db.session.scalars(query)
        if one.starts_at and one.ends_at
    ]


def _day(day: date, events: Sequence[Event], slots: Sequence[Slot]) -> Day:
    held = [slot for slot in slots if slot.starts.date() == day]
    there = [event for event in events if any(slot.event is event for slot in held)]
    cells: dict[int, dict[UUID, list[Slot]]] = defaultdict(lambda: defaultdict(list))
    for slot in held:
        cells[slot.starts.hour][slot.event.id].append(slot)
    hours = [(f"{hour:02}:00", [cells[hour][event.id] for event in there]) for hour in sorted(cells)]
    return Day(day, hours, there)


def _pairs(slots: Sequence[Slot]) -> Iterator[tuple[Slot, Slot]]:
    """Each two sessions of two events that are held at one time, in the order of time."""
    recent: list[Slot] = []
    for one in slots:
        recent = [other for other in recent if _span(other)[1] > _span(one)[0]]
        yield from ((other, one) for other in recent if other.event is not one.event)
        recent.append(one)


def _span(slot: Slot) -> tuple[datetime, datetime]:
    assert slot.session.starts_at
    assert slot.session.ends_at
    return slot.session.starts_at, slot.session.ends_at


def _clashes(pairs: Sequence[tuple[Slot, Slot]], lang: str) -> Iterator[str]:
    for one, other in pairs:
        told = {
            "one": one.session.title.in_(lang), "event": one.event.title.in_(lang),
            "other": other.session.title.in_(lang), "other_event": other.event.title.in_(lang),
            "when": f"{format_day(max(one.starts, other.starts), lang, short=True)} "
            f"{format_clock(max(one.starts, other.starts))}–{format_clock(min(one.ends, other.ends))}",
        }  # fmt: skip
        theirs = _people(other.session)
        for person_id, name in _people(one.session).items():
            if person_id in theirs:
                yield gettext(
                    "%(when)s: %(who)s is in “%(one)s” of “%(event)s” and in “%(other)s” of “%(other_event)s”.",
                    who=name.in_(lang), **told,
                )  # fmt: skip
        here, there = one.session.room, other.session.room
        if here and there and here.meeting_account and here.meeting_account == there.meeting_account:
            yield gettext(
                "%(when)s: “%(one)s” of “%(event)s” and “%(other)s” of “%(other_event)s” use the same meeting account.",
                **told,
            )
        elif _one_venue(one.event, other.event) and not (here and here.is_virtual) and not (there and there.is_virtual):
            if here and there and _alike(here.name, there.name):
                yield gettext(
                    "%(when)s: “%(one)s” of “%(event)s” and “%(other)s” of “%(other_event)s” are in the same room, "
                    "%(room)s.",
                    room=here.name.in_(lang), **told,
                )  # fmt: skip
            elif here is None or there is None:
                yield gettext(
                    "%(when)s: “%(one)s” of “%(event)s” and “%(other)s” of “%(other_event)s” are at the same venue, "
                    "and one of them has no room yet.",
                    **told,
                )
        if one.event.series_id and one.event.series_id == other.event.series_id:
            yield gettext(
                "%(when)s: “%(event)s” and “%(other_event)s” are of one series, and of interest to the same people.",
                **told,
            )


def _each_once(told: Iterator[str]) -> Iterator[str]:
    seen = set[str]()
    for one in told:
        if one not in seen:
            seen.add(one)
            yield one


def _people(session: ProgrammeSession) -> dict[UUID, Names]:
    return {
        role.person_id: role.person.names
        for role in session.speakers
        if role.person_id and role.person and role.state in COMING
    }


def _one_venue(one: Event, other: Event) -> bool:
    return "online" not in {one.mode, other.mode} and _alike(one.venue, other.venue)


def _alike(one: Translated, other: Translated) -> bool:
    names = [{" ".join(text.split()).casefold() for text in name.texts.values()} for name in (one, other)]
    return bool(names[0] & names[1])


def first_day(actor: Actor, organisation_id: UUID, zone: str) -> date:
    """The day with which the sheet begins where nobody asks for another: that of the next event, or today."""
    query = select(Event.starts_at).where(
        run_by(actor), Event.organisation_id == organisation_id, Event.status != "cancelled",
        Event.ends_at > clock.now(),
    )  # fmt: skip
    begins = db.session.scalar(query.order_by(Event.starts_at).limit(1))
    return clock.wall(max(begins or clock.now(), clock.now()), zone).date()
