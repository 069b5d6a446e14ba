"""Hours that a clock shows twice, as it is put back over them: which of the two is meant, and that in words."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext

from eventhub.foundation import clock
from eventhub.foundation.i18n import format_clock, format_day, zone_label

from .models import ProgrammeSession


def told(wall: datetime | None, zone: str) -> str:
    """That a time of a zone's wall clock exists twice, and which of the two is taken; else nothing."""
    if wall is None or not clock.is_twice(wall, zone):
        return ""
    first = gettext("This hour exists twice, as the clocks are put back: %(about)s. The first one is taken.")
    second = gettext("This hour exists twice, as the clocks are put back: %(about)s. The second one is taken.")
    about = f"{format_day(wall, short=True)} {format_clock(wall, zone)}"
    return str(second if wall.fold else first) % {"about": about}


def drawn_end(session: ProgrammeSession) -> datetime | None:
    """Where a session ends in a grid, in which every hour stands once: it may end before it begins by the clock."""
    starts, ends = session.starts, session.ends
    return starts + session.length if starts and ends and ends <= starts else ends


def undrawn(hours: tuple[datetime, datetime], session: ProgrammeSession, zone: str) -> tuple[datetime, datetime]:
    """The hours that are meant where somebody puts a session in a grid, in which every hour stands once.

    Within an hour that exists twice it stays in the one of the two in which it was; what comes there from elsewhere is
    put in the first. A session that is moved stays as long as it is.
    """
    starts = _as_before(hours[0], session.starts, zone)
    end = drawn_end(session)
    length = end - session.starts if end and session.starts else session.length
    if hours[1] - hours[0] == length:
        return starts, clock.later(starts, session.length, zone)
    if session.ends and end and end != session.ends:
        # It is drawn where no clock shows it to end: what counts is by how much it was made longer.
        return starts, clock.later(session.ends, hours[1] - end, zone)
    ends = _as_before(hours[1], session.ends, zone)
    if clock.is_twice(ends, zone) and clock.instant(ends, zone) <= clock.instant(starts, zone):
        ends = ends.replace(fold=1)
    return starts, ends


def _as_before(wall: datetime, before: datetime | None, zone: str) -> datetime:
    return clock.settled(wall.replace(fold=before.fold if before else 0), zone)


def which(moment: datetime | None, zone: str) -> str:
    """Which of two a moment is, where the clock of a zone shows its hour twice; else nothing."""
    if moment is None or not clock.is_twice(wall := clock.wall(moment, zone), zone):
        return ""
    hour = format_clock(wall.replace(fold=0))
    about = {"about": f"{format_day(wall, short=True)} {hour}", "zone": zone_label(zone)}
    if not wall.fold:
        said = gettext(
            "%(about)s, %(zone)s: this hour exists twice, as the clocks are put back. The first one is meant.", **about
        )
    else:
        said = gettext(
            "%(about)s, %(zone)s: this hour exists twice, as the clocks are put back. The second one is meant.", **about
        )
    return str(said)
