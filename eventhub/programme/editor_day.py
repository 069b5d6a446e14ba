"""One day as the editor shows it: its sessions as cards, when rooms and people can, and the hours elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from eventhub.events.models import Event
from eventhub.foundation import clock
from eventhub.foundation.i18n import Text, format_clock, format_weekday, language, zone_label

from . import editor_queries, queries, twofold
from .conflicts import NIGHT_BEGINS, NIGHT_ENDS
from .models import ProgrammeSession, Room, SessionRole, Speaker
from .stretches import Stretch, outside, parse_all

# What is shown of a day on which nothing stands yet, and what is free before and after what does.
USUAL_HOURS = (8, 18)
ROOM_BEFORE, ROOM_AFTER = 1, 2


@dataclass(frozen=True, slots=True)
class Away:
    """When somebody cannot, by the wall clock of the event's zone."""

    who: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The hours of a session on the wall clock of somebody who speaks from afar."""

    who: str
    zone: str
    starts: datetime
    ends: datetime
    is_night: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A session with what its place in the day depends on."""

    session: ProgrammeSession
    zone: str
    title: Text
    room: Room | None
    people: tuple[str, ...]
    is_remote: bool
    elsewhere: tuple[Elsewhere, ...]
    away: tuple[Away, ...]

    @property
    def hours_told(self) -> str:
        """Its hours where one of them exists twice, each with which it is; else nothing, for they say it themselves."""
        starts, ends = self.session.starts, self.session.ends
        hours = [at for at in (starts, ends) if at]
        if not any(clock.is_twice(at, self.zone) for at in hours):
            return ""
        return "–".join(format_clock(at, self.zone) for at in hours)

    def as_json(self) -> dict[str, Any]:
        """What the script knows of it."""
        session = self.session
        return {
            "id": str(session.id),
            "version": session.version,
            "title": self.title,
            "lang": self.title.lang if self.title.is_fallback else None,
            "kind": session.kind,
            "starts": written(session.starts),
            "ends": written(twofold.drawn_end(session)),
            "hours": self.hours_told,
            "minutes": session.length // timedelta(minutes=1),
            "room": str(session.room_id) if session.room_id else None,
            "is_cancelled": session.state == "cancelled",
            "is_remote": self.is_remote,
            "colour": session.track.colour if session.track else None,
            "people": list(self.people),
            "away": [{"who": one.who, "starts": written(one.starts), "ends": written(one.ends)} for one in self.away],
        }


@dataclass(frozen=True, slots=True)
class LocalHour:
    """A full hour of the axis on another wall clock; `weekday` where it is another day there."""

    at: str
    weekday: str
    is_night: bool


@dataclass(frozen=True, slots=True)
class LocalClock:
    """A clock that stands beside the axis: the zones that it is right in, whose it is, and its hours."""

    zones: tuple[str, ...]
    who: tuple[str, ...]
    hours: tuple[LocalHour, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that the editor shows of a day; `clock` names the axis, `hours` are where it begins and ends."""

    day: date
    clock: str
    cards: tuple[Card, ...]
    tray: tuple[Card, ...]
    rooms: Sequence[Room]
    hours: tuple[int, int]
    closed: tuple[tuple[UUID, datetime, datetime], ...]
    clocks: tuple[LocalClock, ...]

    @property
    def full_hours(self) -> list[datetime]:
        """The full hours of the axis."""
        return [_whole(self.day).starts + timedelta(hours=hour) for hour in range(*self.hours)]

    def grid_as_json(self) -> dict[str, Any]:
        """What the script needs of the day beside its cards."""
        return {
            "day": self.day.isoformat(),
            "clock": self.clock,
            "first": self.hours[0],
            "last": self.hours[1],
            "rooms": [_column(room) for room in self.rooms],
            "closed": [
                {"room": str(room_id), "starts": written(starts), "ends": written(ends)}
                for room_id, starts, ends in self.closed
            ],
            "clocks": [
                {
                    "label": local.zones[0],
                    "hours": [{"at": one.at, "weekday": one.weekday, "is_night": one.is_night} for one in local.hours],
                }
                for local in self.clocks
            ],
        }


@dataclass(frozen=True, slots=True)
class _Around:
    """What the cards of a day are made with: one reading for all of them."""

    event: Event
    day: date
    rooms: Sequence[Room]
    speakers: Mapping[UUID, Speaker]


def read_day(event: Event, day: date, *, is_whole: bool = False) -> Day:
    """The day, from midnight to midnight where it `is_whole`, else as much of it as is of use."""
    standing = editor_queries.list_touching(event, day, None, *editor_queries.with_people())
    waiting = editor_queries.list_tray(event)
    sessions = (*standing, *waiting)
    around = _read_around(event, day, sessions)
    hours = (0, 24) if is_whole else _hours(event, day, standing)
    return Day(
        day=day,
        clock=zone_label(event.zone),
        cards=_cards(around, standing),
        tray=_cards(around, waiting),
        rooms=around.rooms,
        hours=hours,
        closed=tuple(
            (room.id, closed.starts, closed.ends)
            for room in around.rooms
            if room.availability
            for closed in outside(_whole(day), parse_all(room.availability))
        ),
        clocks=_clocks(around, hours, sessions),
    )


def read_cards(event: Event, day: date, sessions: Sequence[ProgrammeSession]) -> tuple[Card, ...]:
    """The sessions as cards, each with when its people cannot on the day."""
    return _cards(_read_around(event, day, sessions), sessions)


def _read_around(event: Event, day: date, sessions: Iterable[ProgrammeSession]) -> _Around:
    ids = {role.person_id for session in sessions for role in session.speakers if role.person_id}
    speakers = {speaker.person_id: speaker for speaker in editor_queries.list_speakers(event, ids)}
    return _Around(event, day, queries.list_rooms(event), speakers)


def _cards(around: _Around, sessions: Iterable[ProgrammeSession]) -> tuple[Card, ...]:
    rooms = {room.id: room for room in around.rooms}
    return tuple(
        Card(
            session=session,
            zone=around.event.zone,
            title=session.title.in_(language()),
            room=rooms.get(session.room_id) if session.room_id else None,
            people=tuple(_name(role) for role in session.speakers),
            is_remote=any(role.mode == "remote" for role in session.speakers),
            elsewhere=tuple(_elsewhere(around, session)),
            away=tuple(_away(around, session)),
        )
        for session in sessions
    )


def written(wall: datetime | None) -> str | None:
    """A wall clock's time as the script reads it: `2027-03-10T14:05`."""
    return wall.isoformat(timespec="minutes") if wall else None


def is_at_night(starts: datetime, ends: datetime) -> bool:
    """Whether a part of the time, by a wall clock, lies between 22:00 and 07:00."""
    return _is_night_hour(starts) or ends > datetime.combine(starts.date(), NIGHT_BEGINS)


def _is_night_hour(wall: datetime) -> bool:
    return wall.time() >= NIGHT_BEGINS or wall.time() < NIGHT_ENDS


def _column(room: Room) -> dict[str, Any]:
    name = room.name.in_(language())
    return {
        "id": str(room.id),
        "name": name,
        "lang": name.lang if name.is_fallback else None,
        "capacity": room.capacity,
    }


def _name(role: SessionRole) -> str:
    return role.person.names.in_(language()) if role.person else str(role.name.in_(language()))


def _zone(around: _Around, role: SessionRole) -> str | None:
    """Where somebody's watch is set: as they told for this event, else as their profile says."""
    if role.person_id is None or role.person is None:
        return None
    speaker = around.speakers.get(role.person_id)
    return (speaker.zone if speaker else None) or role.person.zone


def _elsewhere(around: _Around, session: ProgrammeSession) -> Iterable[Elsewhere]:
    if not session.starts_at or not session.ends_at:
        return
    for role in session.speakers:
        zone = _zone(around, role)
        if role.mode == "remote" and zone and zone != around.event.zone:
            starts, ends = clock.wall(session.starts_at, zone), clock.wall(session.ends_at, zone)
            yield Elsewhere(_name(role), zone, starts, ends, is_at_night(starts, ends))


def _away(around: _Around, session: ProgrammeSession) -> Iterable[Away]:
    venue = around.event.zone
    for role in session.speakers:
        speaker = around.speakers.get(role.person_id) if role.person_id else None
        if speaker is None or not speaker.availability:
            continue
        zone = _zone(around, role) or venue
        can = [
            Stretch(*(clock.wall(clock.instant(wall, zone), venue) for wall in (one.starts, one.ends)))
            for one in parse_all(speaker.availability)
        ]
        for cannot in outside(_whole(around.day), can):
            yield Away(_name(role), cannot.starts, cannot.ends)


def _whole(day: date) -> Stretch:
    midnight = datetime.combine(day, time.min)
    return Stretch(midnight, midnight + timedelta(days=1))


def _hours(event: Event, day: date, sessions: Sequence[ProgrammeSession]) -> tuple[int, int]:
    whole = _whole(day)
    moments = [moment for session in sessions for moment in (session.starts, session.ends) if moment]
    moments += [moment for moment in (event.starts, event.ends) if moment and moment.date() == day]
    inside = (min(max(moment, whole.starts), whole.ends) for moment in moments)
    hours = [(moment - whole.starts) / timedelta(hours=1) for moment in inside]
    first = min([USUAL_HOURS[0], *(int(hour) - ROOM_BEFORE for hour in hours)])
    last = max([USUAL_HOURS[1], *(-int(-hour // 1) + ROOM_AFTER for hour in hours)])
    return max(first, 0), min(last, 24)


def _clocks(around: _Around, hours: tuple[int, int], sessions: Iterable[ProgrammeSession]) -> tuple[LocalClock, ...]:
    """The clocks of those who speak from afar; where two show the same all day, they are one."""
    who_by_zone: dict[str, dict[str, None]] = {}
    for session in sessions:
        for role in session.speakers:
            zone = _zone(around, role)
            if role.mode == "remote" and zone:
                who_by_zone.setdefault(zone, {})[_name(role)] = None
    walls = tuple(_whole(around.day).starts + timedelta(hours=hour) for hour in range(*hours))
    instants = [clock.instant(wall, around.event.zone) for wall in walls]
    zones_by_face: dict[tuple[datetime, ...], list[str]] = {}
    for zone in sorted(who_by_zone):
        face = tuple(clock.wall(instant, zone) for instant in instants)
        if face != walls:
            zones_by_face.setdefault(face, []).append(zone)
    return tuple(
        LocalClock(
            zones=tuple(zone_label(zone) for zone in zones),
            who=tuple(dict.fromkeys(name for zone in zones for name in who_by_zone[zone])),
            hours=tuple(
                LocalHour(
                    at=format_clock(wall),
                    weekday=format_weekday(wall) if wall.date() != around.day else "",
                    is_night=_is_night_hour(wall),
                )
                for wall in face
            ),
        )
        for face, zones in sorted(zones_by_face.items())
    )
