"""What repeats in a calendar, one by one: within bounds, however its rule is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import thread_time

from dateutil.rrule import rrulestr
from flask_babel import gettext
from icalendar import Calendar, Event, vRecur

from eventhub.foundation.errors import Unreadable

from .entries import too_many

MOST = 1000  # repetitions in one file
_LONGEST = 300  # letters of a rule
_PATIENCE = 1.0  # seconds of work for all rules of a file, imports of modules left out
_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_PARTS = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "WKST",
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
            return "too_often"
        parts = dict(part.partition("=")[::2] for part in text.upper().split(";") if part)
        if parts.get("FREQ") in _OFTEN or {"BYHOUR", "BYMINUTE", "BYSECOND"} & parts.keys():
            return "too_often"
        if not parts.keys() <= _PARTS or not re.fullmatch("[1-9][0-9]{0,2}", parts.get("INTERVAL", "1")):
            return "never"
        if until := parts.get("UNTIL"):
            parts["UNTIL"] = _by_wall_clock(until, begins)
        told = ";".join(f"{name}={value}" for name, value in parts.items())
        try:
            recurrence = vRecur.from_ical(told)
            comes_true = _comes_true(parts, begins)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError):
            return "never"
        return cls(recurrence, not {"COUNT", "UNTIL"} & parts.keys()) if comes_true else "never"


def _by_wall_clock(until: str, begins: datetime) -> str:
    if not re.fullmatch(r"\d{8}T\d{6}Z", until):
        return until
    last = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
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
    """An entry that repeats: by a rule, on further dates, and not on some."""

    begins: datetime
    ends: datetime
    rule: Rule | None
    also: Sequence[datetime]
    without: Sequence[datetime]


Changed = tuple[datetime, datetime, datetime]


def occurrences(
    series: Series, changed: Sequence[Changed], bounds: Bounds
) -> Iterator[tuple[datetime, datetime, datetime, int | None]]:
    """Each repetition: when it was planned, when it begins and ends, and which of the changed ones it is.

    They are found by the wall clock of the series' own zone: a weekly hour stays at its hour when the clocks change.
    """
    # Heavy, and needed by few calendars.
    import recurring_ical_events

    zone = series.begins.tzinfo

    def by_wall(moment: datetime) -> datetime:
        return moment.astimezone(zone).replace(tzinfo=None)

    calendar = Calendar()
    master = _component(None, by_wall(series.begins), by_wall(series.ends))
    if series.rule:
        master["RRULE"] = series.rule.recurrence
    if series.also:
        master.add("RDATE", [by_wall(at) for at in series.also])
    if series.without:
        master.add("EXDATE", [by_wall(at) for at in series.without])
    calendar.add_component(master)
    for place, (original, starts, ends) in enumerate(changed):
        other = _component(place, by_wall(starts), by_wall(ends))
        other.add("RECURRENCE-ID", by_wall(original))
        calendar.add_component(other)
    try:
        with bounds.working():
            found = recurring_ical_events.of(calendar).between(by_wall(bounds.first), by_wall(bounds.last))
    except (ValueError, TypeError, OverflowError) as error:
        raise Unreadable(gettext("The rules by which its entries repeat are too complicated.")) from error
    for one in sorted(found, key=lambda one: one["DTSTART"].dt):
        bounds.count()
        number = int(one["X-NUMBER"]) if "X-NUMBER" in one else None
        starts, ends = one["DTSTART"].dt, one["DTEND"].dt
        planned = starts if number is None else by_wall(changed[number][0])
        if number is None and by_wall(starts.replace(tzinfo=zone).astimezone(UTC)) != starts:
            continue  # the clocks are put forward over it: it does not take place (RFC 5545 §3.3.10)
        yield planned, starts.replace(tzinfo=zone), ends.replace(tzinfo=zone), number


def _component(number: int | None, starts: datetime, ends: datetime) -> Event:
    event = Event()
    event.add("UID", "series")
    event.add("DTSTART", starts)
    event.add("DTEND", ends if ends > starts else starts + timedelta(minutes=1))
    if number is not None:
        event.add("X-NUMBER", str(number))
    return event
