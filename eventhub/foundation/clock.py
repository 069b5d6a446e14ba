"""What time it is, and where a wall clock's time lies on the world's line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

# The rules of the zones come with our requirements: the same on every machine, however old its own are.
reset_tzpath(to=())

_fixed: datetime | None = None
_ahead = timedelta()


def now() -> datetime:
    """This instant, aware and in UTC."""
    if _fixed is not None:
        return _fixed
    return datetime.now(UTC) + _ahead


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """The clock stands still at an aware moment: for tests and for replaying the past."""
    global _fixed  # noqa: PLW0603 - there is one clock
    before, _fixed = _fixed, moment.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before


@contextmanager
def going_from(moment: datetime) -> Iterator[None]:
    """The clock goes on from an aware moment: for tests in which one thing has to come after another on some day."""
    global _fixed, _ahead
    before = _fixed, _ahead
    _fixed, _ahead = None, moment - datetime.now(UTC)
    try:
        yield
    finally:
        _fixed, _ahead = before


@lru_cache(None)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name, or UTC; ValueError where there is none.

    All that were asked for are kept, some hundreds at most: the readers of one letter live in more of them than a usual
    cache holds, and each that is not kept is read from its file anew.
    """
    if name != "UTC" and name not in zone_names():
        raise ValueError(f"unknown time zone {name!r}")
    return ZoneInfo(name)


@lru_cache(1)
def zone_names() -> frozenset[str]:
    """All IANA names that a person may choose."""
    return frozenset(n for n in available_timezones() if "/" in n and not n.startswith(("Etc/", "posix", "right")))


def instant(wall: datetime, zone_name: str) -> datetime:
    """The UTC instant at which the wall clock of a zone shows a time.

    A time that exists twice means the first, or with `fold=1` the second (PEP 495); one that a clock change skips means
    the moment as far after the change as the time is after the gap's beginning.
    """
    fold = 1 if wall.fold and is_twice(wall, zone_name) else 0
    return wall.replace(tzinfo=zone(zone_name), fold=fold).astimezone(UTC)


def wall(moment: datetime, zone_name: str) -> datetime:
    """What the wall clock of a zone shows at an instant, without a zone of its own; its `fold` says which of two."""
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None)


def later(wall_time: datetime, by: timedelta, zone_name: str) -> datetime:
    """What the wall clock of a zone shows so much later, or earlier: an hour is an hour when it is put back, too."""
    return wall(instant(wall_time, zone_name) + by, zone_name)


def days_later(wall_time: datetime, days: int) -> datetime:
    """The same hour on another day; on the same day the same of two."""
    return (wall_time + timedelta(days=days)).replace(fold=0 if days else wall_time.fold)


def settled(wall_time: datetime, zone_name: str) -> datetime:
    """A time that is the second of two only where there are two."""
    return wall_time.replace(fold=1 if wall_time.fold and is_twice(wall_time, zone_name) else 0)


def is_same(one: object, other: object) -> bool:
    """Whether two values are equal and, where they are times, the same one of two: Python compares without a fold."""
    return one == other and getattr(one, "fold", 0) == getattr(other, "fold", 0)


def marked(wall_time: datetime) -> datetime:
    """A time as it is kept where nothing can hold a fold: the second of two by its last digit, a microsecond.

    No clock of ours shows seconds, so that nothing else is ever there; what was kept before reads as it did, and
    the second of two comes after the first.
    """
    return wall_time.replace(microsecond=wall_time.fold, fold=0)


def unmarked(kept: datetime) -> datetime:
    """The time that was kept as `marked`."""
    return kept.replace(microsecond=0, fold=1) if kept.microsecond == 1 else kept


def written(wall_time: datetime) -> str:
    """A time of a wall clock as text, which `read` reads: `2027-03-10T14:05`, and of two the second as it is marked."""
    return marked(wall_time).isoformat(timespec="microseconds" if wall_time.fold else "minutes")


def read(text: str) -> datetime:
    """The time of a wall clock from its text."""
    return unmarked(datetime.fromisoformat(text))


FIRST_YEAR, LAST_YEAR = 1970, 2100


def is_within_reach(wall_time: datetime) -> bool:
    """Whether calendars can tell of a time: the rules of zones are known, and its neighbours exist too."""
    return FIRST_YEAR <= wall_time.year <= LAST_YEAR


def is_skipped(wall_time: datetime, zone_name: str) -> bool:
    """Whether a wall clock never shows this time because it is put forward over it."""
    return wall(instant(wall_time.replace(fold=0), zone_name), zone_name) != wall_time


def is_twice(wall_time: datetime, zone_name: str) -> bool:
    """Whether a wall clock shows this time twice because it is put back."""
    if not _is_changed_on(wall_time.date(), zone_name):
        return False
    first = wall_time.replace(tzinfo=zone(zone_name), fold=0)
    # Over a time that is skipped the second offset is the greater one.
    return (first.utcoffset() or timedelta()) > (first.replace(fold=1).utcoffset() or timedelta())


@lru_cache(4096)
def _is_changed_on(day: date, zone_name: str) -> bool:
    """Whether the clocks are changed on a day: on most they are not, and a page of a thousand hours asks of few."""
    begins = datetime.combine(day, time(), zone(zone_name))
    ends = (begins + timedelta(days=1)).replace(fold=1)
    return begins.utcoffset() != ends.utcoffset()
