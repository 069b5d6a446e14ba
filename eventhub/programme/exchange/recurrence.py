"""What repeats in a calendar, one by one: within bounds, however its rule is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import prod
from time import thread_time
from typing import Any

from dateutil.rrule import rrulestr
from flask_babel import gettext
from icalendar import Calendar, Event, vRecur

from eventhub.foundation.errors import Unreadable

from .entries import too_many

MOST = 1000  # repetitions in one file
_LONGEST = 300  # letters of a rule
_PATIENCE = 1.0  # seconds of work for all rules of a file, imports of modules left out
_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_HOURS = ("BYHOUR", "BYMINUTE")
_MOST_A_DAY = 12  # times at which a rule may name its hours
_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "WKST",
    *_HOURS,
}  # fmt: skip


class Bounds:
    """From when to when repetitions count, and how much work they may still make."""

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.last = first, last
        self._patience = _PATIENCE
        self._found = 0

    def count(self) -> None:
        """Count one more; raises Unreadable where there are too many."""
        self._found += 1
        too_many(self._found, MOST)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Take the work within off what is left; raises Unreadable where it is more than any honest calendar makes."""
        began = thread_time()
        yield
        self._patience -= thread_time() - began
        if self._patience < 0:
            raise Unreadable(gettext("The rules by which its entries repeat are too complicated."))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of repetition that is known to be harmless, by the wall clock of its own zone."""

    recurrence: vRecur
    is_endless: bool

    @classmethod
    def of(cls, text: str, begins: datetime) -> Rule | str | None:
        """The rule of a text, none where there is none, or the word for what is wrong with it."""
        if not text:
            return None
        if len(text) > _LONGEST:
            return "long_rule"
        parts = dict(part.partition("=")[::2] for part in text.upper().split(";") if part)
        # Most hours begin with a full minute, and some programs say so.
        if parts.get("BYSECOND") == "0":
            del parts["BYSECOND"]
        if parts.get("FREQ") in _OFTEN or "BYSECOND" in parts:
            return "too_often"
        if prod(parts.get(name, "").count(",") + 1 for name in _HOURS) > _MOST_A_DAY:
            return "too_often"
        if not parts.keys() <= _PARTS or not re.fullmatch("[1-9][0-9]{0,2}", parts.get("INTERVAL", "1")):
            return "bad_rule"
        try:
            if until := parts.get("UNTIL"):
                parts["UNTIL"] = _by_wall_clock(until, begins)
            recurrence = vRecur.from_ical(";".join(f"{name}={value}" for name, value in parts.items()))
            comes_true = _comes_true(parts, begins)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError):
            return "bad_rule"
        return cls(recurrence, not {"COUNT", "UNTIL"} & parts.keys()) if comes_true else "never"


def _by_wall_clock(until: str, begins: datetime) -> str:
    if re.fullmatch(r"\d{8}", until):
        return f"{until}T235959"  # a day without an hour is one of those on which it takes place
    if not re.fullmatch(r"\d{8}T\d{6}Z", until):
        return until
    last = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if until.startswith("9999"):  # so some programs write "for ever": in the east it would be the year 10000
        return until.removesuffix("Z")
    return f"{last.astimezone(begins.tzinfo):%Y%m%dT%H%M%S}"


def _comes_true(parts: dict[str, str], begins: datetime) -> bool:
    """Whether a rule ever gives a day: the 30th of February is looked for until the calendar ends.

    The calendar repeats every 400 years, to the weekday: the search is made in its last ones, where it is short.
    """
    late = begins.replace(year=begins.year % 400 + 9600, tzinfo=None)
    told = ";".join(f"{name}={value}" for name, value in parts.items() if name not in {"COUNT", "UNTIL"})
    return next(iter(rrulestr(told, dtstart=late)), None) is not None


@dataclass(frozen=True, slots=True)
class Series:
    """An entry that repeats: by a rule, on further dates that may have ends of their own, and not on some or days."""

    begins: datetime
    ends: datetime
    rule: Rule | None
    also: Sequence[tuple[datetime, datetime | None]] = ()
    without: Sequence[datetime] = ()
    without_days: Collection[date] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A repetition that is other than its series: when it was planned, and when it is.

    With `onward` all later ones are as far from where they were planned, and as long (RFC 5545 §3.2.13).
    """

    planned: datetime
    begins: datetime
    ends: datetime
    onward: bool = False


def occurrences(
    series: Series, changed: Sequence[Changed], bounds: Bounds
) -> Iterator[tuple[datetime, datetime, datetime, int | None]]:
    """Each repetition: when it was planned, when it begins and ends, and which of the changed ones it is.

    They are found by the wall clock of the series' own zone: a weekly hour stays at its hour when the clocks change.
    """
    zone = series.begins.tzinfo

    def by_wall(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    def ended(starts: datetime, first: datetime, last: datetime) -> datetime:
        """What is shorter than a day lasts as long on a night when the clocks change; days end at their hour."""
        lasts = last.astimezone(UTC) - first.astimezone(UTC)
        if lasts < timedelta(days=1):
            return (starts.replace(tzinfo=zone).astimezone(UTC) + lasts).astimezone(zone)
        return (starts + (by_wall(last) - by_wall(first))).replace(tzinfo=zone)

    own_ends = {by_wall(at): end for at, end in series.also if end is not None}
    onward = sorted((by_wall(one.planned), place) for place, one in enumerate(changed) if one.onward)
    for starts, number in _found(series, changed, bounds, by_wall):
        bounds.count()
        planned = starts if number is None else by_wall(changed[number].planned)
        if planned.date() in series.without_days:
            continue
        if number is not None:
            yield planned, changed[number].begins, changed[number].ends, number
            continue
        if by_wall(starts.replace(tzinfo=zone).astimezone(UTC)) != starts:
            continue  # the clocks are put forward over it: it does not take place (RFC 5545 §3.3.10)
        first = next((place for at, place in reversed(onward) if at < planned), None)
        if first is not None:
            other = changed[first]
            moved = starts + (by_wall(other.begins) - by_wall(other.planned))
            yield planned, moved.replace(tzinfo=zone), ended(moved, other.begins, other.ends), first
            continue
        end = own_ends.get(starts) or ended(starts, series.begins, series.ends)
        yield planned, starts.replace(tzinfo=zone), end, None


def _found(
    series: Series, changed: Sequence[Changed], bounds: Bounds, by_wall: Callable[[datetime], datetime]
) -> Sequence[tuple[datetime, int | None]]:
    """When each repetition begins by the wall clock, and which of the changed ones it is."""
    # Heavy, and needed by few calendars.
    import recurring_ical_events

    calendar = Calendar()
    master = _component(None, by_wall(series.begins), by_wall(series.ends))
    if series.rule:
        master["RRULE"] = series.rule.recurrence
    if series.also:
        master.add("RDATE", [by_wall(at) for at, _ in series.also])
    if series.without:
        master.add("EXDATE", [by_wall(at) for at in series.without])
    calendar.add_component(master)
    for place, one in enumerate(changed):
        other = _component(place, by_wall(one.begins), by_wall(one.ends))
        other.add("RECURRENCE-ID", by_wall(one.planned))
        calendar.add_component(other)
    try:
        with bounds.working():
            found: list[Any] = recurring_ical_events.of(calendar).between(by_wall(bounds.first), by_wall(bounds.last))
    except (ValueError, TypeError, OverflowError) as error:
        raise Unreadable(gettext("The rules by which its entries repeat are too complicated.")) from error
    told = ((one["DTSTART"].dt, int(one["X-NUMBER"]) if "X-NUMBER" in one else None) for one in found)
    return sorted(told, key=lambda one: one[0])


def _component(number: int | None, starts: datetime, ends: datetime) -> Event:
    event = Event()
    event.add("UID", "series")
    event.add("DTSTART", starts)
    event.add("DTEND", ends if ends > starts else starts + timedelta(minutes=1))
    if number is not None:
        event.add("X-NUMBER", str(number))
    return event
