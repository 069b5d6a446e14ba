"""Hours that a clock shows twice, as it is put back over them: which of the two is meant, in words."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext

from eventhub.foundation import clock
from eventhub.foundation.i18n import format_clock, format_day, zone_label


def told(wall: datetime | None, zone: str) -> str:
    """That a time of a zone's wall clock exists twice, and that its first is taken; else nothing."""
    if wall is None or not clock.is_twice(wall, zone):
        return ""
    about = f"{format_day(wall, short=True)} {format_clock(wall)}"
    return str(
        gettext("This hour exists twice, as the clocks are put back: %(about)s. The first one is taken.", about=about)
    )


def which(moment: datetime | None, zone: str) -> str:
    """Which of two a moment is, where the clock of a zone shows its hour twice; else nothing."""
    if moment is None or not clock.is_twice(wall := clock.wall(moment, zone), zone):
        return ""
    about = {"about": f"{format_day(wall, short=True)} {format_clock(wall)}", "zone": zone_label(zone)}
    if moment == clock.instant(wall, zone):
        said = gettext(
            "%(about)s, %(zone)s: this hour exists twice, as the clocks are put back. The first one is meant.", **about
        )
    else:
        said = gettext(
            "%(about)s, %(zone)s: this hour exists twice, as the clocks are put back. The second one is meant.", **about
        )
    return str(said)
