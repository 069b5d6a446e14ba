"""The time zones of a calendar: by their names in any system, else as the calendar describes them itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from eventhub.foundation import clock

from .components import Block
from .entries import Notes
from .recurrence import Bounds

# The rules of a zone that somebody wrote themselves; any that turns the clocks oftener than once a year is none. Each
# is gone through year by year, and there are programs that begin with the year 1.
_YEARLY = re.compile(r"FREQ=YEARLY(;(BYMONTH=\d{1,2}|BYDAY=[+-]?[1-5][A-Z]{2}|UNTIL=\w+|WKST=[A-Z]{2}|INTERVAL=1))*")
_MOST_RULES, _MOST_TURNS = 8, 500
_OFFSET = re.compile(r"(?:UTC|GMT)([+-])(\d{1,2})(?::?([0-5]\d))?")


class Zones:
    """Finds the zones that a calendar names."""

    def __init__(self, described: Mapping[str, Block], usual: str, bounds: Bounds, notes: Notes) -> None:
        self._described, self._usual, self._bounds, self._notes = described, clock.zone(usual), bounds, notes
        self._known: dict[str, tzinfo | None] = {}

    def find(self, name: str) -> tzinfo | None:
        """The zone of a name, or none where nobody knows it."""
        if name not in self._known:
            self._known[name] = _named(name) or self._described_as(name) or _by_offset(name)
        return self._known[name]

    def of(self, name: str, line: int) -> tzinfo:
        """The zone of a name, or the usual one and a note."""
        found = self.find(name)
        if found is None:
            self._notes.once(line, "zone", name[:40])
        return found or self._usual

    def _described_as(self, name: str) -> tzinfo | None:
        """The zone that the file describes itself under a name of its own."""
        block = self._described.get(name)
        if block is None or len(block.lines) > 200:
            return None
        told = dict(line.partition(":")[::2] for line in block.lines)
        if found := _named(told.get("X-LIC-LOCATION", "")):
            return found
        rules = [line.upper().removeprefix("RRULE:") for line in block.lines if line.upper().startswith("RRULE")]
        turns = sum(line.count(",") + 1 for line in block.lines if line.upper().startswith("RDATE"))
        if len(rules) > _MOST_RULES or turns > _MOST_TURNS or not all(map(_YEARLY.fullmatch, rules)):
            return None
        with self._bounds.working():
            return _by_rules(block.lines)


def _by_rules(lines: Iterable[str]) -> tzinfo | None:
    try:
        described = cast(Timezone, Timezone.from_ical("\r\n".join(lines)))
        zone: tzinfo = described.to_tz(lookup_tzid=False)
        datetime(2027, 1, 1, tzinfo=zone).utcoffset()
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        return None
    return zone


def _named(name: str) -> tzinfo | None:
    """The zone of a name: of IANA's, of Windows', or one of IANA's behind a path (`/mozilla.org/…/Europe/Berlin`)."""
    name = name.strip()[:100].casefold()
    parts = _windows().get(name, name).strip("/").split("/")
    for size in (3, 2, 1):
        last = "/".join(parts[-size:])
        if last in {"utc", "gmt", "z"}:
            return UTC
        if found := _names().get(last):
            return ZoneInfo(found)
    return None


def _by_offset(name: str) -> tzinfo | None:
    """The zone that a name like `UTC+08:00` is."""
    found = _OFFSET.fullmatch(name.strip().upper())
    if found is None or int(found[2]) > 14:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)


@lru_cache(1)
def _names() -> Mapping[str, str]:
    """The names of IANA's zones however they are written, the old ones of one word (`PRC`) among them."""
    return {name.casefold(): name for name in available_timezones() - {"Factory", "localtime"}}


@lru_cache(1)
def _windows() -> Mapping[str, str]:
    return {name.casefold(): zone.casefold() for name, zone in WINDOWS_TO_OLSON.items()}
