"""Time zones as every calendar client reads them.

`icalendar` writes a zone's history as comma-listed RDATEs, of which ical.js takes the first and Outlook none,
so that whole summers are shown an hour late. Here a zone is two yearly rules where it has such rules, and one
sub-component a change where it has not (Morocco, a law that changed).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

EPOCH = 1970  # or earlier: readers need an observance that began before every session
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Change:
    """The instant at which a zone's clocks are set, and its offsets before and after."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def onset(self) -> datetime:
        """The wall clock by the offset before (RFC 5545 §3.6.5); its tzinfo means nothing."""
        return self.at + self.before


@dataclass(frozen=True)
class YearlyRule:
    """A weekday of a month, every year: `nth` counts from the month's start, or is -1 for the last."""

    month: int
    nth: int
    weekday: int
    hour: timedelta
    before: timedelta
    after: timedelta

    @property
    def written(self) -> str:
        """The rule as RFC 5545 §3.3.10 writes it."""
        return f"RRULE:FREQ=YEARLY;BYMONTH={self.month};BYDAY={self.nth}{WEEKDAYS[self.weekday]}"

    def onset(self, year: int) -> datetime:
        """The rule's wall-clock onset in a year; its tzinfo means nothing."""
        if self.nth > 0:
            first = datetime(year, self.month, 1, tzinfo=UTC)
            day = first + timedelta(days=(self.weekday - first.weekday()) % 7) + (self.nth - 1) * WEEK
        else:
            last = datetime(year + self.month // 12, self.month % 12 + 1, 1, tzinfo=UTC) - timedelta(days=1)
            day = last - timedelta(days=(last.weekday() - self.weekday) % 7)
        return day + self.hour


def vtimezone(tzid: str, first: datetime, last: datetime) -> bytes:
    """The VTIMEZONE that gives a zone's right offset at every instant from `first` to `last` (both aware).

    Whole years are looked at, so that the bytes change only when a year is added that the rules do not cover.
    """
    return _vtimezone(tzid, first.astimezone(UTC).year, last.astimezone(UTC).year)


@lru_cache(maxsize=1024)
def _vtimezone(tzid: str, first_year: int, last_year: int) -> bytes:
    changes = _changes(tzid, first_year, last_year)
    epoch = min(EPOCH, first_year - 1)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{tzid}"]
    if rules := _yearly_rules(changes, first_year, last_year):
        for rule in rules:
            lines += _observance(rule, rule.onset(epoch), rule.written)
    else:
        start = _offset(ZoneInfo(tzid), datetime(first_year, 1, 1, tzinfo=UTC))
        unchanged = Change(datetime(epoch, 1, 1, tzinfo=UTC) - start, start, start)
        for change in [unchanged, *changes]:
            lines += _observance(change, change.onset)
    return "\r\n".join([*lines, "END:VTIMEZONE", ""]).encode()


def _observance(change: Change | YearlyRule, onset: datetime, *rule: str) -> list[str]:
    # By the clock and not by dst(): Dublin's and Morocco's laws call the later clock their standard time.
    kind = "DAYLIGHT" if change.after > change.before else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{onset:%Y%m%dT%H%M%S}",
        *rule,
        f"TZOFFSETFROM:{_written(change.before)}",
        f"TZOFFSETTO:{_written(change.after)}",
        f"END:{kind}",
    ]


def _written(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)  # Outlook refuses the seconds of historic local mean times.
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return cast(timedelta, instant.astimezone(zone).utcoffset())  # None is for tzinfos that know no date


def _changes(tzid: str, first_year: int, last_year: int) -> list[Change]:
    """Every change of offset in the years, found day by day since zoneinfo publishes no transitions."""
    zone = ZoneInfo(tzid)
    day, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    changes = []
    before = _offset(zone, day)
    while day < end:
        next_day = day + timedelta(days=1)
        after = _offset(zone, next_day)
        if after != before:
            low, high = day, next_day
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            changes.append(Change(high, before, after))
        day, before = next_day, after
    return changes


def _yearly_rules(changes: list[Change], first_year: int, last_year: int) -> list[YearlyRule]:
    """The two rules that make exactly these changes in each of the years, or none where no two do."""
    rules = []
    for half in (changes[::2], changes[1::2]):
        if [change.onset.year for change in half] != list(range(first_year, last_year + 1)):
            return []
        rules += [r for r in _readings(half[0]) if all(_makes(r, change) for change in half)][:1]
    # What the year's second rule leaves is what its first one finds, or the first January would be wrong.
    return rules if len(rules) == 2 and rules[0].before == rules[1].after else []


def _readings(change: Change) -> list[YearlyRule]:
    """The ways to read one date as a yearly weekday, the likelier first: the last of a month, or the nth."""
    onset = change.onset
    hour = timedelta(hours=onset.hour, minutes=onset.minute, seconds=onset.second)
    nth = (onset.day - 1) // 7 + 1
    return [
        YearlyRule(onset.month, n, onset.weekday(), hour, change.before, change.after)
        for n in ((-1, nth) if nth == 4 else (-1,) if nth == 5 else (nth,))
    ]


def _makes(rule: YearlyRule, change: Change) -> bool:
    return (rule.onset(change.onset.year), rule.before, rule.after) == (
        change.onset,
        change.before,
        change.after,
    )
