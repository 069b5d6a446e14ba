"""Where the sessions of a day stand in the grid: rooms beside each other, hours beneath each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from eventhub.foundation import clock

from .public import PublicRoom, PublicSession

# As far as the style sheet of the grid goes.
MOST_ROWS, MOST_SPAN, MOST_COLUMNS = 160, 80, 16
_UNITS = (5, 10, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the grid: a full hour, or the present; `at` is the moment."""

    at: datetime
    row: int
    is_now: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A session in its place; no column means across all of them."""

    at: datetime
    row: int
    rows: int
    column: int | None
    session: PublicSession
    is_current: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """One day: its columns, each with its room or none, and what stands in them in the order of time.

    Without columns there are more rooms than a grid can hold, and the day is a list.
    """

    day: date
    columns: tuple[PublicRoom | None, ...]
    items: tuple[Mark | Slot, ...]


def lay_out(
    day: date, sessions: Sequence[PublicSession], rooms: Iterable[PublicRoom], zone: str, now: datetime | None = None
) -> Timetable:
    """The timetable of a day's sessions, which are in the order of time, by the clock of a zone; `now` is a moment.

    Its rows are of time as it passes: an hour that the clock shows twice stands there twice.
    """
    if not sessions:
        return Timetable(day, (), ())
    first = clock.instant(sessions[0].starts.replace(minute=0), zone)
    last = max(session.ends_at for session in sessions)
    unit = next((u for u in _UNITS if (last - first) <= timedelta(minutes=u) * MOST_ROWS), _UNITS[-1])

    def row(at: datetime) -> int:
        return min(int((at - first).total_seconds() // 60 // unit) + 1, MOST_ROWS)

    columns, places = _columns(sessions, rooms)
    items: list[Mark | Slot] = [
        Slot(
            session.starts_at,
            row(session.starts_at),
            min(max(row(session.ends_at) - row(session.starts_at), 1), MOST_SPAN),
            place,
            session,
            now is not None and session.starts_at <= now < session.ends_at and not session.is_cancelled,
        )
        for session, place in zip(sessions, places, strict=True)
    ]
    # Some clocks are put back by half an hour.
    halves = (first + timedelta(minutes=30 * n) for n in range(int((last - first) / timedelta(minutes=30)) + 1))
    items += [Mark(at, row(at)) for at in halves if at < last and not clock.wall(at, zone).minute]
    if now is not None and first <= now < last:
        items.append(Mark(now, row(now), is_now=True))
    # A list reads: the hour, what begins then, the present in between.
    items.sort(key=lambda item: (item.at, isinstance(item, Slot), isinstance(item, Mark) and item.is_now))
    return Timetable(day, columns if len(columns) <= MOST_COLUMNS else (), tuple(items))


def _columns(
    sessions: Sequence[PublicSession], rooms: Iterable[PublicRoom]
) -> tuple[tuple[PublicRoom | None, ...], list[int | None]]:
    """The columns, and the number of the one in which each session stands.

    A session without a room stands across all columns when nothing else goes on meanwhile; otherwise, and when its
    room is taken, it gets a column without a name, so that nothing hides anything.
    """
    used = {session.room.id for session in sessions if session.room}
    columns: list[PublicRoom | None] = [room for room in rooms if room.id in used]
    number = {room.id: index for index, room in enumerate(columns, 1) if room}
    free_from: dict[int, datetime] = {}
    places: list[int | None] = []
    latest = sessions[0].starts_at
    for index, session in enumerate(sessions):
        is_last = index + 1 == len(sessions)
        is_alone = latest <= session.starts_at and (is_last or session.ends_at <= sessions[index + 1].starts_at)
        latest = max(latest, session.ends_at)
        if session.room is None and is_alone:
            places.append(None)
            continue
        wanted = number[session.room.id] if session.room else 0
        spare = (n for n in range(len(number) + 1, len(columns) + 1))
        place = next(
            (n for n in (wanted, *spare) if n and free_from.get(n, session.starts_at) <= session.starts_at),
            len(columns) + 1,
        )
        if place > len(columns):
            columns.append(None)
        free_from[place] = session.ends_at
        places.append(place)
    return tuple(columns) or (None,), places
