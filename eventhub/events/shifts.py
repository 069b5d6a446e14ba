"""On which dates of a series the clock of a reader shows another hour, because somewhere it was put forward or back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext

from eventhub.foundation import clock
from eventhub.foundation.i18n import format_clock, format_day, spaced, zone_label

from .models import Event


@dataclass(frozen=True, slots=True)
class Shift:
    """From an hour at a venue on, which is `now` by the reader's clock, and would have been `before` until then."""

    venue: str
    reader: str
    there: datetime
    now: datetime
    before: datetime

    @property
    def words(self) -> str:
        """Told in a sentence: `From Monday 30 March 2020, 15:00 Beijing time is 09:00 Geneva time, not 08:00.`."""
        day = format_day(self.there)
        there = gettext("%(clock)s %(zone)s", clock=format_clock(self.there), zone=zone_label(self.venue))
        said = {"day": day, "there": there, "now": self._now(), "before": self._before()}
        return str(spaced(gettext("From %(day)s, %(there)s is %(now)s, not %(before)s.", **said), *said.values()))

    def _now(self) -> str:
        told = {"clock": format_clock(self.now), "zone": zone_label(self.reader)}
        if self.now.date() < self.there.date():
            return str(gettext("%(clock)s %(zone)s the day before", **told))
        if self.now.date() > self.there.date():
            return str(gettext("%(clock)s %(zone)s the day after", **told))
        return str(gettext("%(clock)s %(zone)s", **told))

    def _before(self) -> str:
        """The hour that it was, with its day where that is another than it is now."""
        told = format_clock(self.before)
        if self.before.date() == self.now.date():
            return told
        if self.before.date() == self.there.date():
            return str(gettext("%(clock)s the same day", clock=told))
        if self.before.date() < self.there.date():
            return str(gettext("%(clock)s the day before", clock=told))
        return str(gettext("%(clock)s the day after", clock=told))


def find_shifts(dates: Iterable[tuple[datetime, str]], reader: str) -> list[Shift]:
    """The shifts within some instants, in order, each with the zone of its venue, for the reader of a zone.

    Venues are compared with themselves alone: that another one lies elsewhere is no change of anybody's clock.
    """
    found, gaps = [], dict[str, timedelta]()
    for moment, venue in dates:
        there, here = clock.wall(moment, venue), clock.wall(moment, reader)
        gap = here - there
        if venue in gaps and gaps[venue] != gap:
            found.append(Shift(venue, reader, there, here, there + gaps[venue]))
        gaps[venue] = gap
    return found


def shifts_of(events: Iterable[Event], reader: str) -> list[Shift]:
    """The shifts among those of a series' events, in order, that are to come, after the last that is over.

    Of a series that is over, among all. Events without a date, and those that do not take place on it, have none.
    """
    dated = [event for event in events if event.starts_at and event.status not in {"cancelled", "postponed"}]
    past = [event for event in dated if event.is_over()]
    if len(past) < len(dated):
        dated = [*past[-1:], *(event for event in dated if not event.is_over())]
    return find_shifts([(event.starts_at, event.zone) for event in dated if event.starts_at], reader) if reader else []
