"""Days, hours and lengths as files write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone

from eventhub.foundation import clock

from .entries import Notes

# A day and an hour as people write them where the order is not in doubt; 3/4/2027 is two days in two countries.
_DAY = r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
_HOUR = r"(?P<hour>\d{1,2})\s*[:时點点]\s*(?P<minute>\d{2})?\s*分?(?::\d{2})?"
_MOMENT = re.compile(rf"{_DAY}[\sT,]*(?:\D{{0,4}}\s)?{_HOUR}")
_PLACES = ("year", "month", "day", "hour", "minute")
_CLOCK = re.compile(_HOUR)
_PARTS = re.compile(r"(?P<first>\d{1,3}):\d{2}(?::\d{2})?")
_LENGTH = re.compile(
    r"(?:(?P<hours>\d{1,3}(?:\.\d)?)\s*(?:h|hours?|hrs?|小时|时))?\s*"
    r"(?:(?P<minutes>\d{1,4})\s*(?:m|mins?|minutes?|分|分钟)?)?",
    re.IGNORECASE,
)


def moment(text: str) -> datetime:
    """The moment that a text says, aware where it names an offset; ValueError where it says none."""
    text = unicodedata.normalize("NFKC", text[:60]).strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        match = _MOMENT.fullmatch(text)
        if match is None:
            raise
        year, month, day, hours, minutes = (int(part or 0) for part in match.group(*_PLACES))
        found = datetime(year, month, day, hours, minutes)
    else:
        if len(text) <= len("2027-03-10"):
            raise ValueError("a day without an hour")
    return found


def hour(text: str) -> time:
    """The hour that a text says; ValueError where it says none."""
    match = _CLOCK.fullmatch(unicodedata.normalize("NFKC", text[:20]).strip())
    if match is None:
        raise ValueError("no hour")
    return time(int(match["hour"]), int(match["minute"] or 0))


def length(text: str) -> timedelta:
    """A length as `1:30`, `90`, `90 min`, `1 h 30` or `1小时30分钟`; ValueError where it is none.

    With three parts it is hours, minutes and seconds, as FOSDEM writes it, or days, hours and minutes where the first
    has one figure, as pretalx does.
    """
    text = unicodedata.normalize("NFKC", text[:40]).strip()
    if match := _PARTS.fullmatch(text):
        first, *rest = (int(part) for part in match[0].split(":"))
        if len(rest) == 1 or len(match["first"]) > 1:
            return timedelta(hours=first, minutes=rest[0], seconds=sum(rest[1:]))
        return timedelta(days=first, hours=rest[0], minutes=rest[1])
    match = _LENGTH.fullmatch(text)
    if match is None or not text:
        raise ValueError("no length")
    return timedelta(hours=float(match["hours"] or 0), minutes=int(match["minutes"] or 0))


def written(value: timedelta) -> str:
    """A length as `01:30`."""
    minutes = int(value.total_seconds() // 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def wall(value: datetime, zone: str) -> datetime:
    """What the clock of a zone shows at an aware moment; a floating one is the zone's already."""
    # A moment out of every calendar's reach is refused for that; its neighbour in another zone may not even exist.
    shown = clock.wall(value, zone) if value.tzinfo and clock.is_within_reach(value) else value
    return shown.replace(second=0, microsecond=0, tzinfo=None)


def midnight(day: date, zone: str) -> datetime:
    """The first moment of a day, aware and with the offset of its zone."""
    return clock.instant(datetime.combine(day, time()), zone).astimezone(clock.zone(zone))


def span(line: int, begins: datetime, lasts: timedelta, zone: str, notes: Notes) -> tuple[datetime, datetime] | None:
    """The hours, by the clock of a zone, of what begins then and lasts so long; none where they cannot be."""
    if not clock.is_within_reach(begins):
        notes.add(line, "out_of_reach", f"{begins:%Y-%m-%d}")
        return None
    # From a moment an hour later is an hour later, whatever the clocks show on that night; by the clock it is as read.
    finish = begins.astimezone(UTC) + lasts if begins.tzinfo else begins + lasts
    return _checked(line, begins, finish, zone, notes)


def between(line: int, begins: datetime, finish: datetime, zone: str, notes: Notes) -> tuple[datetime, datetime] | None:
    """The hours, by the clock of a zone, from one moment to another; none where they cannot be."""
    return _checked(line, begins, finish, zone, notes)


def _checked(
    line: int, begins: datetime, finish: datetime, zone: str, notes: Notes
) -> tuple[datetime, datetime] | None:
    starts, ends = wall(begins, zone), wall(finish, zone)
    for at in (starts, ends):
        if not clock.is_within_reach(at):
            notes.add(line, "out_of_reach", f"{at:%Y-%m-%d}")
            return None
        if clock.is_skipped(at, zone):
            notes.add(line, "skipped", f"{at:%Y-%m-%d %H:%M}")
            return None
    if clock.instant(ends, zone) <= clock.instant(starts, zone):
        notes.add(line, "end_before_start", f"{starts:%H:%M}–{ends:%H:%M}")
        return None
    # An offset from UTC says which of the two is meant; a zone, or none, does not.
    if not isinstance(begins.tzinfo, timezone) and clock.is_twice(starts, zone):
        notes.add(line, "twice", f"{starts:%Y-%m-%d %H:%M}")
    return starts, ends
