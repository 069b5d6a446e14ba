"""When a rule writes: from what it goes by, the clock of the event and that of the reader, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache

from eventhub.foundation import clock

UNITS = ("minutes", "hours", "days")
# Nobody is written to in their night, but where a rule counts minutes or hours.
MORNING, NIGHT = time(7), time(22)
# The last hour at which it is still good to write in the evening before something.
EVENING = time(21)
_DAY = timedelta(days=1)
# How long after its moment a letter about something that is over is still worth sending.
WORTH_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Timing:
    """So many minutes, hours or days before or after; days at an hour by the reader's own clock or the event's."""

    amount: int
    unit: str
    is_after: bool = False
    at_clock: str | None = None
    is_own_clock: bool = True

    def moment(self, at: datetime, event_zone: str, reader_zone: str) -> datetime:
        """The instant at which somebody who lives by a zone is written to about something that is at an instant.

        Days are counted on the wall: two days before nine is nine, whatever the clock does in between.
        """
        if self.unit != "days":
            length = timedelta(minutes=self.amount) if self.unit == "minutes" else timedelta(hours=self.amount)
            return at + length if self.is_after else at - length
        return self._decent(self._by_days(at, event_zone, reader_zone), at, reader_zone)

    def _by_days(self, at: datetime, event_zone: str, reader_zone: str) -> datetime:
        step = _DAY if self.is_after else -_DAY
        zone = reader_zone if self.is_own_clock and self.at_clock else event_zone
        wall = clock.wall(at, zone) + self.amount * step
        if self.at_clock:
            wall = datetime.combine(wall.date(), time.fromisoformat(self.at_clock))
        due = clock.instant(wall, zone)
        while not self._is_on_its_side(due, at):  # "on the day, at 9:00" of what begins at 8:00
            wall += step
            due = clock.instant(wall, zone)
        return due

    def _is_on_its_side(self, due: datetime, at: datetime) -> bool:
        return due > at if self.is_after else due < at

    def _decent(self, due: datetime, at: datetime, zone: str) -> datetime:
        """The moment, or the next morning where it is in somebody's night; the evening before if that is late."""
        wall = clock.wall(due, zone)
        if MORNING <= wall.time() < NIGHT:
            return due
        morning = wall.date() + (_DAY if wall.time() >= NIGHT else timedelta())
        later = clock.instant(datetime.combine(morning, MORNING), zone)
        if self.is_after or later < at:
            return later
        return clock.instant(datetime.combine(morning - _DAY, EVENING), zone)

    def worth_until(self, at: datetime, due: datetime) -> datetime:
        """From when on the letter is of no use any more."""
        return due + WORTH_AFTER if self.is_after else at

    @property
    def reach(self) -> timedelta:
        """How far from what it goes by any of its moments can be, in whatever zones."""
        if self.unit != "days":
            return timedelta(minutes=self.amount) if self.unit == "minutes" else timedelta(hours=self.amount)
        # A day for the clocks around the world, one for the hour, one for a night.
        return timedelta(days=self.amount + 3)


@lru_cache(30_000)
def all_moments(timing: Timing, at: datetime, event_zone: str, reader_zones: frozenset[str]) -> tuple[datetime, ...]:
    """The instants at which people who live by some zones are written to about something, in order.

    Kept, for they are asked for each minute: of a thousand sessions, and of readers in a hundred countries.
    """
    return tuple(sorted({timing.moment(at, event_zone, zone) for zone in reader_zones}))
