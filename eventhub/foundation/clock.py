"""What time it is, and where a wall clock's time lies on the world's line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

# The rules of the zones come with our requirements: the same on every machine, however old its own are.
reset_tzpath(to=())

_fixed: datetime | None = None


def now() -> datetime:
    """This instant, aware and in UTC."""
    if _fixed is not None:
        return _fixed
    return datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """The clock stands still at an aware moment: for tests and for replaying the past."""
    global _fixed  # noqa: PLW0603 - there is one clock
    before, _fixed = _fixed, moment.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before


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

    A time that exists twice means the first; one that a clock change skips means the moment as far
    after the change as the time is after the gap's beginning (PEP 495, fold=0).
    """
    return wall.replace(tzinfo=zone(zone_name), fold=0).astimezone(UTC)


def wall(moment: datetime, zone_name: str) -> datetime:
    """What the wall clock of a zone shows at an instant, without a zone of its own."""
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None)


FIRST_YEAR, LAST_YEAR = 1970, 2100


def is_within_reach(wall_time: datetime) -> bool:
    """Whether calendars can tell of a time: the rules of zones are known, and its neighbours exist too."""
    return FIRST_YEAR <= wall_time.year <= LAST_YEAR


def is_skipped(wall_time: datetime, zone_name: str) -> bool:
    """Whether a wall clock never shows this time because it is put forward over it."""
    return wall(instant(wall_time, zone_name), zone_name) != wall_time.replace(fold=0)


def is_twice(wall_time: datetime, zone_name: str) -> bool:
    """Whether a wall clock shows this time twice because it is put back."""
    first = wall_time.replace(tzinfo=zone(zone_name), fold=0)
    return first.utcoffset() != first.replace(fold=1).utcoffset() and not is_skipped(wall_time, zone_name)
