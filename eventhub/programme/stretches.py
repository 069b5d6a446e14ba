"""Stretches of time in which a room can be had or a person can come, as they are stored and as they are typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from eventhub.foundation import clock
from eventhub.foundation.errors import Invalid

# More than anybody has; each is looked at whenever conflicts are.
MOST = 200
# What people write between two hours; a hyphen only there, for it stands in dates too.
_UNTIL = re.compile(r"\s*[/–—~至到]\s*|(?<=:\d\d)\s*-\s*")


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """From one time until just before another: of a wall clock, or on the world's line."""

    starts: datetime
    ends: datetime

    def __str__(self) -> str:
        """The ISO 8601 interval, as it is stored: `2027-03-10T08:00/2027-03-10T18:00`."""
        return f"{self.starts.isoformat(timespec='minutes')}/{self.ends.isoformat(timespec='minutes')}"


def parse(text: str, field: str = "availability") -> Stretch:
    """A stretch of a wall clock from its ISO 8601 interval; the end may leave out a day that is the start's.

    A dash, as people write it, is as good as the slash. Raises Invalid for `field`, where it is no such interval, ends
    before it begins, or is beyond calendars' reach.
    """
    first, last, *_ = *_UNTIL.split(unicodedata.normalize("NFKC", text).strip(), maxsplit=1), ""
    if last and "-" not in last:
        last = f"{first[:10]}T{last.removeprefix('T')}"
    try:
        starts, ends = (datetime.fromisoformat(hour).replace(second=0, microsecond=0) for hour in (first, last))
        is_wall_clock = starts.tzinfo is None and ends.tzinfo is None
    except ValueError:
        is_wall_clock = False
    if not is_wall_clock:
        raise Invalid(field, gettext("Write each stretch of time as 2027-03-10 08:00–18:00."))
    if not (clock.is_within_reach(starts) and clock.is_within_reach(ends)):
        raise Invalid(field, gettext("Choose a year from 1970 to 2100."))
    if ends <= starts:
        raise Invalid(field, gettext("The end must come after the start."))
    return Stretch(starts, ends)


def parse_all(texts: Iterable[str], field: str = "availability") -> list[Stretch]:
    """Stretches in their order, those that touch or overlap as one. Raises Invalid as `parse`, and for too many."""
    joined = join(parse(text, field) for text in texts)
    if len(joined) > MOST:
        raise Invalid(field, gettext("Please shorten this to %(most)s stretches of time.", most=MOST))
    return joined


def join(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time in as few stretches as tell it, in their order."""
    joined: list[Stretch] = []
    for one in sorted(stretches):
        if joined and one.starts <= joined[-1].ends:
            joined[-1] = Stretch(joined[-1].starts, max(joined[-1].ends, one.ends))
        else:
            joined.append(one)
    return joined


def outside(wanted: Stretch, joined: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The parts of a stretch that lie in none of others, which `join` has put in order."""
    found, reached = [], wanted.starts
    for one in joined:
        if reached < min(one.starts, wanted.ends):
            found.append(Stretch(reached, min(one.starts, wanted.ends)))
        reached = max(reached, one.ends)
    if reached < wanted.ends:
        found.append(Stretch(reached, wanted.ends))
    return tuple(found)
